import type { ReportFormat } from '../../shared/report.js';

/** What `telemetry index` can do. */
export const ACTIONS = ['add', 'list', 'drop'] as const;

/** What `telemetry index` was asked for, settings included. */
export interface IndexOptions {
  readonly action: (typeof ACTIONS)[number];
  readonly attributes: readonly string[];
  /** An SQL condition: only events that meet it are in the index. */
  readonly where: string | undefined;
  readonly store: string;
  /** Already decided: table on a terminal, else json, unless --format was given. */
  readonly format: ReportFormat;
}
