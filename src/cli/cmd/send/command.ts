/** What `telemetry send` was asked for, settings included. */
export interface SendOptions {
  /** The arguments that make up one event; empty when events come from stdin. */
  readonly event: readonly string[];
  readonly store: string;
  /** Undefined when neither a flag nor a setting names one: the store's own server. */
  readonly url: string | undefined;
  readonly token: string | undefined;
  /** How long to wait for a server that does not run yet, in milliseconds. */
  readonly wait: number | undefined;
  readonly format: 'text' | 'json';
}
