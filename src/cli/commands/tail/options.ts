import type { Micros } from '../../../core/duration.js';
import type { Picks } from './conditions.js';

export const TAIL_FORMATS = ['pretty', 'ndjson', 'csv', 'tsv', 'markdown', 'line'] as const;

export type TailFormat = (typeof TAIL_FORMATS)[number];

/** The options of `telemetry tail`, settings included. */
export interface TailOptions {
  readonly store: string;
  /** SQL predicates over events, joined by AND. */
  readonly filters: readonly string[];
  readonly picks: Picks;
  /** -n: the number of past events to start with; undefined when not given. */
  readonly last: number | undefined;
  readonly since: Micros | undefined;
  readonly until: Micros | undefined;
  /** The first id to print. */
  readonly fromId: number | undefined;
  /** Undefined when not given: pretty on a terminal, else ndjson. */
  readonly format: TailFormat | undefined;
  readonly columns: readonly string[] | undefined;
  /** --context: events to print before and after each one that matches. */
  readonly context: number;
  /** The form of the format pretty, which it implies; undefined is short. */
  readonly pretty: 'short' | 'long' | undefined;
  /** Events that are printed together, in the format pretty. */
  readonly by: 'trace' | undefined;
  /** --stats: a line of rates at the bottom of a terminal. */
  readonly showsStats: boolean;
  /** False with --no-follow: stop after the past events. */
  readonly follow: boolean;
  /** A valid time zone; undefined when neither a flag nor a setting names one. */
  readonly tz: string | undefined;
}
