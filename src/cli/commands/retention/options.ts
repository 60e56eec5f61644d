import type { ReportFormat } from '../../shared/report.js';

/** The actions of `telemetry retention`. */
export const ACTIONS = ['set', 'show', 'clear', 'run'] as const;

/** The options of `telemetry retention`, settings included. */
export interface RetentionOptions {
  readonly action: (typeof ACTIONS)[number];
  /** For `set`: ages by type, as text. For `clear`: the types to clear, as text; undefined is the whole policy. */
  readonly ages: string | undefined;
  /** For `set`, in bytes; null removes the limit. */
  readonly maxSize: number | null | undefined;
  /** For `set`. */
  readonly by: 'received' | 'time' | undefined;
  /** For `set`: true replaces the whole policy. */
  readonly replaces: boolean;
  /** For `run`. */
  readonly dryRun: boolean;
  readonly store: string;
  readonly format: ReportFormat;
}
