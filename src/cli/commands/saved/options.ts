import type { ReportFormat } from '../../shared/report.js';

/** The actions of `telemetry saved`. */
export const ACTIONS = ['create', 'list', 'show', 'rm'] as const;

/** The options of `telemetry saved`, settings included. */
export interface SavedOptions {
  readonly action: (typeof ACTIONS)[number];
  /** Of the query; empty for `list`. */
  readonly name: string;
  /** For `create`: the SQL; with neither it nor `file`, or as `-`, it comes from stdin. */
  readonly sql: string | undefined;
  /** For `create`: a file of SQL, absolute; `-` is stdin. */
  readonly file: string | undefined;
  readonly description: string;
  /** For `create`: the values of parameters that are given no other. */
  readonly defaults: Readonly<Record<string, string>>;
  /** For `create`: true replaces a query of that name. */
  readonly replaces: boolean;
  /** For `create`: true stores SQL that does not bind. */
  readonly isForced: boolean;
  readonly store: string;
  readonly format: ReportFormat;
}
