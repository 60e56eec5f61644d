import type { ReportFormat } from '../../shared/report.js';

/** What `telemetry retention` can do. */
export const ACTIONS = ['set', 'show', 'clear', 'run'] as const;

/** What `telemetry retention` was asked for, settings included. */
export interface RetentionOptions {
  readonly action: (typeof ACTIONS)[number];
  /** For `set`: ages by type, as text. For `clear`: the types to clear, as text; undefined is the whole policy. */
  readonly ages: string | undefined;
  /** For `set`, in bytes; null takes the bound back. */
  readonly maxSize: number | null | undefined;
  /** For `set`. */
  readonly by: 'received' | 'time' | undefined;
  /** For `set`: true forgets what the policy said before. */
  readonly replaces: boolean;
  /** For `run`. */
  readonly dryRun: boolean;
  readonly store: string;
  readonly format: ReportFormat;
}
