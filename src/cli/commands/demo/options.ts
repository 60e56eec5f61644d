/** What `telemetry demo` was asked for. It uses a store and a port of its own, whatever the settings say. */
export interface DemoOptions {
  /** Leave the store where it is at the end, and say where. */
  readonly keep: boolean;
}
