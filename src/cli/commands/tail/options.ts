import type { Micros } from '../../../core/duration.js';
import type { Picks } from './conditions.js';

export const TAIL_FORMATS = ['pretty', 'ndjson', 'csv', 'tsv', 'markdown', 'line'] as const;

export type TailFormat = (typeof TAIL_FORMATS)[number];

/** What `telemetry tail` was asked for, settings included. */
export interface TailOptions {
  readonly store: string;
  /** SQL predicates over events, all of which have to be true. */
  readonly filters: readonly string[];
  readonly picks: Picks;
  /** -n: how many past events to begin with; undefined when it was not given. */
  readonly last: number | undefined;
  readonly since: Micros | undefined;
  readonly until: Micros | undefined;
  /** The first id to print. */
  readonly fromId: number | undefined;
  /** Undefined when it was not given: pretty on a terminal, else ndjson. */
  readonly format: TailFormat | undefined;
  readonly columns: readonly string[] | undefined;
  /** False with --no-follow: end after history. */
  readonly follow: boolean;
  /** A time zone that exists; undefined when neither a flag nor a setting names one. */
  readonly tz: string | undefined;
}
