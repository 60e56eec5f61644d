import type { ReportFormat } from '../../shared/report.js';

/** The actions of `telemetry cube`. */
export const ACTIONS = ['create', 'list', 'show', 'refresh', 'rebuild', 'verify', 'rm'] as const;

/** The options of `telemetry cube`, settings included. */
export interface CubeOptions {
  readonly action: (typeof ACTIONS)[number];
  readonly names: readonly string[];
  readonly sql: string | undefined;
  readonly bucket: string | undefined;
  /** Interval of refreshes by a server, in milliseconds. */
  readonly everyMs: number | undefined;
  readonly keepMs: number | undefined;
  readonly timezone: string | undefined;
  readonly store: string;
  /** The value of --format; by default table on a terminal, else json. */
  readonly format: ReportFormat;
}
