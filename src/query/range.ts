import type { Micros } from '../core/duration.js';
import type { JournalReader } from '../journal/reader.js';
import type { Segment } from '../journal/segments.js';
import type { Bounds } from './journal-table.js';

/** Which events are in view. */
export interface Range {
  /** Received at this time or later. */
  readonly since?: Micros;
  /** Received before this time. */
  readonly until?: Micros;
  /** With this id or a higher one. */
  readonly fromId?: number;
  /** With this id or a lower one; Infinity is any. */
  readonly toId?: number;
}

/** Whether a segment may hold events of the range. */
export function overlaps({ since, until, fromId, toId }: Range, segment: Segment): boolean {
  return (
    (since === undefined || segment.receivedTo >= since) &&
    (until === undefined || segment.receivedFrom < until) &&
    (fromId === undefined || segment.lastId >= fromId) &&
    (toId === undefined || segment.firstId <= toId)
  );
}

/** The range as a condition over a segment's `id` and `received_at`. */
export function segmentCondition({ since, until, fromId, toId }: Range): string {
  const conditions = [
    since === undefined ? [] : [`received_at >= make_timestamptz(${since}::bigint)`],
    until === undefined ? [] : [`received_at < make_timestamptz(${until}::bigint)`],
    fromId === undefined || fromId <= 1 ? [] : [`id >= ${fromId}`],
    toId === undefined || toId === Infinity ? [] : [`id <= ${toId}`],
  ].flat();
  return conditions.length === 0 ? 'true' : conditions.join(' and ');
}

/** The ids of the journal that are in the range but for `toId`; those that are sealed are not. */
export function journalBounds(reader: JournalReader, { since, until, fromId = 0 }: Range): Bounds {
  const last = reader.lastId();
  const first = since === undefined ? 0 : (reader.firstIdSince(since) ?? last + 1);
  const end = until === undefined ? last + 1 : (reader.firstIdSince(until) ?? last + 1);
  return {
    afterId: Math.max(first - 1, fromId - 1, reader.sealedId()),
    upToId: end - 1,
  };
}
