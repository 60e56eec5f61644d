import type { Micros } from '../../../core/duration.js';
import type { ReportFormat } from '../../shared/report.js';

/** The value of --hide-below: a share of the trace, 0 to 1, or milliseconds. */
export type HideBelow = { readonly share: number } | { readonly ms: number };

/** The options of `telemetry trace`, settings included. */
export interface TraceOptions {
  readonly store: string;
  /** The id of a trace or the start of one; undefined to list traces. */
  readonly id: string | undefined;
  readonly where: string | undefined;
  readonly since: Micros | undefined;
  readonly until: Micros | undefined;
  /** The most traces of each list. */
  readonly limit: number;
  /** The id of a span, or the start of one, to draw with the spans below it. */
  readonly span: string | undefined;
  readonly hideBelow: HideBelow | undefined;
  /** False with --no-fold: a row for each repeat. */
  readonly folds: boolean;
  /** False with --no-logs. */
  readonly showsLogs: boolean;
  /** False with --no-skew: start times as they were sent. */
  readonly mendsSkew: boolean;
  readonly ascii: boolean;
  /** Undefined when not given. */
  readonly format: ReportFormat | undefined;
  /** A file of HTML to write, absolute. */
  readonly out: string | undefined;
  readonly tz: string | undefined;
}
