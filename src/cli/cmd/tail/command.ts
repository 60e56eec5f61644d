import type { Micros } from '../../../core/duration.js';

export const TAIL_FORMATS = ['pretty', 'ndjson', 'csv'] as const;
export type TailFormat = (typeof TAIL_FORMATS)[number];

/** What `telemetry tail` was asked for, settings included. */
export interface TailOptions {
  readonly store: string;
  /** An SQL predicate over events. */
  readonly filter: string | undefined;
  /** -n: how many past events to begin with; undefined when it was not given. */
  readonly last: number | undefined;
  readonly since: Micros | undefined;
  /** The first id to print. */
  readonly fromId: number | undefined;
  readonly format: TailFormat;
  readonly columns: readonly string[] | undefined;
  /** False with --no-follow: end after history. */
  readonly follow: boolean;
  /** A time zone that exists; undefined when neither a flag nor a setting names one. */
  readonly tz: string | undefined;
}
