import type { Micros } from '../../core/duration.js';
import { intervalsWithout, type EventRange, type IdInterval } from '../../store/catalog/event-ranges.js';
import type { JournalReader } from '../../store/journal/reader.js';
import type { Segment } from '../../store/catalog/segments.js';

/** The time that bounds are compared with: when an event happened, or when the server received it. */
export type BoundsBy = 'time' | 'received';

/** The times from `from` to `to`, both included. */
export interface TimeWindow {
  readonly from: Micros;
  readonly to: Micros;
}

/** A part of the store's events. */
export interface Range {
  /** Events of this time or later. */
  readonly since?: Micros | undefined;
  /** Events before this time. */
  readonly until?: Micros | undefined;
  /** The time that `since` and `until` bound. Default `time`. */
  readonly by?: BoundsBy;
  /** Events whose `time` is in one of these windows; undefined does not bound it. */
  readonly windows?: readonly TimeWindow[] | undefined;
  /** Events with this id or a higher one. */
  readonly fromId?: number;
  /** Events with this id or a lower one; Infinity is any. */
  readonly toId?: number;
}

/** A range of all events, with every bound named. */
export const UNBOUNDED: Range = { since: undefined, until: undefined, windows: undefined, fromId: 0, toId: Infinity };

/** True when the range has a time bound. */
export function hasTimeBounds({ since, until, windows }: Range): boolean {
  return since !== undefined || until !== undefined || windows !== undefined;
}

/** True when a segment may hold events of the range. */
export function overlaps(range: Range, segment: Segment): boolean {
  const { by = 'time', fromId, toId } = range;
  const [from, to] = by === 'time' ? timesOf(segment) : [segment.receivedFrom, segment.receivedTo];
  return (
    (from === null || to === null || isWithin(range, from, to)) &&
    reachesWindow(range, timesOf(segment)) &&
    (fromId === undefined || segment.lastId >= fromId) &&
    (toId === undefined || segment.firstId <= toId)
  );
}

/** The earliest and latest time of a segment; unknown for format 1, whose times follow older rules. */
function timesOf({ format, timeFrom, timeTo }: Segment): [from: Micros | null, to: Micros | null] {
  return format === 1 ? [null, null] : [timeFrom, timeTo];
}

/** SQL for the time bounds, over an event's `time` and `received_at`; `true` without bounds. */
export function timeCondition({ since, until, by = 'time', windows }: Range): string {
  const column = by === 'time' ? '"time"' : 'received_at';
  const conditions = [
    since === undefined ? [] : [`${column} >= make_timestamptz(${since}::bigint)`],
    until === undefined ? [] : [`${column} < make_timestamptz(${until}::bigint)`],
    windows === undefined ? [] : [windowCondition(windows)],
  ].flat();
  return conditions.length === 0 ? 'true' : conditions.join(' and ');
}

function windowCondition(windows: readonly TimeWindow[]): string {
  const within = windows.map(
    ({ from, to }) => `"time" between make_timestamptz(${from}::bigint) and make_timestamptz(${to}::bigint)`,
  );
  return within.length === 0 ? 'false' : `(${within.join(' or ')})`;
}

/** SQL for the range, over an event's `id`, `time` and `received_at`. */
export function rangeCondition(range: Range): string {
  const { fromId, toId } = range;
  const conditions = [
    timeCondition(range),
    ...(fromId === undefined || fromId <= 1 ? [] : [`id >= ${fromId}`]),
    ...(toId === undefined || toId === Infinity ? [] : [`id <= ${toId}`]),
  ].filter(condition => condition !== 'true');
  return conditions.length === 0 ? 'true' : conditions.join(' and ');
}

/** Unsealed ids of the journal in a range. */
export interface JournalBounds {
  /** The range without its time bounds. */
  readonly whole: IdInterval;
  /** The parts of it that may hold events within the time bounds. */
  readonly intervals: readonly IdInterval[];
}

/** Finds the ids of the journal that a scan has to read for a range. Call it within a snapshot. */
export function journalBounds(reader: JournalReader, range: Range): JournalBounds {
  const { fromId = 0, toId = Infinity } = range;
  const whole = { afterId: Math.max(fromId - 1, reader.sealedId()), upToId: Math.min(reader.lastId(), toId) };
  if (whole.upToId <= whole.afterId) return { whole, intervals: [] };
  if (!hasTimeBounds(range)) return { whole, intervals: [whole] };
  const outside = reader.eventRanges(whole.afterId, whole.upToId).filter(part => !reaches(range, part));
  return { whole, intervals: intervalsWithout(whole, outside) };
}

function reaches(range: Range, part: EventRange): boolean {
  if (!reachesWindow(range, [part.timeFrom, part.timeTo])) return false;
  return range.by === 'received'
    ? isWithin(range, part.receivedFrom, part.receivedTo)
    : isWithin(range, part.timeFrom, part.timeTo);
}

function reachesWindow({ windows }: Range, [first, last]: readonly [Micros | null, Micros | null]): boolean {
  if (windows === undefined || first === null || last === null) return true;
  return windows.some(({ from, to }) => last >= from && first <= to);
}

/**
 * The range without the windows that no event of a segment is in, and without any where all of its events are in one:
 * fewer conditions on each row, and DuckDB skips parts of a file only by conditions that it need not combine.
 */
export function rangeWithin(range: Range, segment: Segment): Range {
  const { windows } = range;
  const [first, last] = timesOf(segment);
  if (windows === undefined || first === null || last === null) return range;
  const reached = windows.filter(({ from, to }) => last >= from && first <= to);
  const isCovered = reached.some(({ from, to }) => from <= first && last <= to);
  return { ...range, windows: isCovered ? undefined : reached };
}

function isWithin({ since, until }: Range, from: Micros, to: Micros): boolean {
  return (since === undefined || to >= since) && (until === undefined || from < until);
}

/** True when both ranges hold the same events. */
export function isSameRange(a: Range, b: Range): boolean {
  return a.fromId === b.fromId && a.toId === b.toId && timeCondition(a) === timeCondition(b);
}
