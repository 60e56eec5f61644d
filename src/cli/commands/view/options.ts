import type { ReportFormat } from '../../shared/report.js';

/** The actions of `telemetry view`. */
export const ACTIONS = ['create', 'list', 'show', 'rm'] as const;

/** The options of `telemetry view`, settings included. */
export interface ViewOptions {
  readonly action: (typeof ACTIONS)[number];
  /** Of the view; empty for `list`. */
  readonly name: string;
  /** For `create`: the SQL; with neither it nor `file`, or as `-`, it comes from stdin. */
  readonly sql: string | undefined;
  /** For `create`: a file of SQL, absolute; `-` is stdin. */
  readonly file: string | undefined;
  /** For `create`: true replaces a view of that name. */
  readonly replaces: boolean;
  /** For `list`: true to list built-in views, too. */
  readonly listsAll: boolean;
  /** True to change a view although others that read it then fail. */
  readonly isForced: boolean;
  readonly store: string;
  readonly format: ReportFormat;
}
