/** The options of `telemetry demo`, which ignores settings: it uses a temporary store and a free port. */
export interface DemoOptions {
  /** True to keep the store and print its path. */
  readonly keep: boolean;
}
