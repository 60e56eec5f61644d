/** What `telemetry config` was asked for. */
export interface ConfigOptions {
  readonly format: 'table' | 'json';
}
