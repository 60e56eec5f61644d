import { type Micros } from '../../../core/duration.js';
import type { ReportFormat } from '../../shared/report.js';

/** What `telemetry stats` was asked for, settings included. */
export interface StatsOptions {
  readonly store: string;
  /** The column to count events by; undefined prints the whole store. */
  readonly by: string | undefined;
  readonly since: Micros | undefined;
  readonly until: Micros | undefined;
  /** Already decided: table on a terminal, else json, unless --format was given. */
  readonly format: ReportFormat;
}
