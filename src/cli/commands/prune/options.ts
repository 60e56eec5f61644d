import type { ReportFormat } from '../../shared/report.js';

/** What `telemetry prune` was asked for, settings included. Whether it may run at all (a rule, --yes) is for run.ts to say. */
export interface PruneOptions {
  readonly store: string;
  /** Types whose events stay whatever the other rules say. */
  readonly keep: readonly string[];
  /** An SQL predicate over events. */
  readonly where: string | undefined;
  /** In milliseconds. */
  readonly olderThan: number | undefined;
  /** The time that --older-than is about. */
  readonly by: 'received' | 'time';
  readonly dryRun: boolean;
  readonly yes: boolean;
  /** Already decided: table on a terminal, else json, unless --format was given. */
  readonly format: ReportFormat;
}
