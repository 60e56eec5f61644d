/** What `telemetry schema` was asked for, settings included. */
export interface SchemaOptions {
  readonly store: string;
  /** Already decided: table on a terminal, else json, unless --format was given. */
  readonly format: 'table' | 'json';
}
