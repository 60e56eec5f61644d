import type { ReportFormat } from '../../shared/report.js';

/** The actions of `telemetry index`. */
export const ACTIONS = ['add', 'list', 'drop'] as const;

/** The options of `telemetry index`, settings included. */
export interface IndexOptions {
  readonly action: (typeof ACTIONS)[number];
  readonly attributes: readonly string[];
  /** An SQL condition: the index contains only events that satisfy it. */
  readonly where: string | undefined;
  readonly store: string;
  /** The value of --format; by default table on a terminal, else json. */
  readonly format: ReportFormat;
}
