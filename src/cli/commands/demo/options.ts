/** The options of `telemetry demo`. It uses a temporary store and a free port, whatever the settings are. */
export interface DemoOptions {
  /** True to keep the store and print its path. */
  readonly keep: boolean;
}
