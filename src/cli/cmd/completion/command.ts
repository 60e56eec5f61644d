export const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** What `telemetry completion` was asked for. */
export interface CompletionOptions {
  readonly shell: (typeof SHELLS)[number];
}
