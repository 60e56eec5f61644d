import type { ReportFormat } from '../../shared/report.js';

/** The options of `telemetry prune`, settings included. run.ts checks that a rule and, if needed, --yes are given. */
export interface PruneOptions {
  readonly store: string;
  /** Types whose events are kept, whatever the other rules are. */
  readonly keep: readonly string[];
  /** An SQL predicate over events. */
  readonly where: string | undefined;
  /** In milliseconds. */
  readonly olderThan: number | undefined;
  /** The time that --older-than compares. */
  readonly by: 'received' | 'time';
  /** Cubes to refresh first. */
  readonly rollups: readonly string[];
  /** True to compute the affected buckets of cubes again, from the events that are left. */
  readonly andCubes: boolean;
  /** True to remove events that remotes have not received. */
  readonly dropUnsent: boolean;
  readonly dryRun: boolean;
  readonly yes: boolean;
  /** The value of --format; by default table on a terminal, else json. */
  readonly format: ReportFormat;
}
