import { type Micros } from '../../../core/duration.js';
import type { ReportFormat } from '../../shared/report.js';

/** The options of `telemetry stats`, settings included. */
export interface StatsOptions {
  readonly store: string;
  /** --remote: the name of a remote to ask; undefined asks the store. */
  readonly remote: string | undefined;
  /** The column to count events by; undefined prints the whole store. */
  readonly by: string | undefined;
  readonly since: Micros | undefined;
  readonly until: Micros | undefined;
  /** The value of --format; by default table on a terminal, else json. */
  readonly format: ReportFormat;
}
