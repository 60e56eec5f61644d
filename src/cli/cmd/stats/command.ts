/** What `telemetry stats` was asked for, settings included. */
export interface StatsOptions {
  readonly store: string;
  /** Already decided: table on a terminal, else json, unless --format was given. */
  readonly format: 'table' | 'json';
}
