import type { Database } from 'better-sqlite3';
import type { Micros } from '../../core/duration.js';

/** A run of consecutive ids of the journal, and between which times its events were received and happened. */
export interface EventRange {
  readonly firstId: number;
  readonly lastId: number;
  readonly receivedFrom: Micros;
  readonly receivedTo: Micros;
  readonly timeFrom: Micros;
  readonly timeTo: Micros;
}

/** Ids of a range: a query with bounds in time reads whole ranges, some 15 ms each. */
export const RANGE_IDS = 10_000;

/** The ranges whose ids are all in `(afterId, upToId]`, in their order. */
export function readEventRanges(db: Database, afterId: number, upToId: number): EventRange[] {
  return db
    .prepare<[number, number], EventRange>(
      `select first_id as firstId, last_id as lastId, received_from as receivedFrom, received_to as receivedTo,
         time_from as timeFrom, time_to as timeTo
       from event_ranges where first_id > ? and last_id <= ? order by first_id`,
    )
    .all(afterId, upToId);
}

/**
 * Stores ranges in their own transaction and drops those of ids that have left the journal. @param sealedId the id up
 * to which events are sealed.
 */
export function writeEventRanges(db: Database, ranges: readonly EventRange[], sealedId: number): void {
  const insert = db.prepare(
    `insert or replace into event_ranges(first_id, last_id, received_from, received_to, time_from, time_to)
     values (@firstId, @lastId, @receivedFrom, @receivedTo, @timeFrom, @timeTo)`,
  );
  const forget = db.prepare('delete from event_ranges where last_id <= ?');
  db.transaction(() => {
    forget.run(sealedId);
    for (const range of ranges) insert.run(range);
  }).immediate();
}

/** The ids `(afterId, upToId]`. */
export interface IdInterval {
  readonly afterId: number;
  readonly upToId: number;
}

/** Returns an interval without the ids of ranges, which come in the order of their ids. */
export function intervalsWithout({ afterId, upToId }: IdInterval, ranges: readonly EventRange[]): IdInterval[] {
  const left: IdInterval[] = [];
  let after = afterId;
  for (const { firstId, lastId } of ranges) {
    if (firstId - 1 > after) left.push({ afterId: after, upToId: Math.min(firstId - 1, upToId) });
    after = Math.max(after, lastId);
  }
  if (after < upToId) left.push({ afterId: after, upToId });
  return left;
}

/** Returns the first id in an interval of an event that was received at `micros` or later, or undefined. */
export function firstIdReceivedSince(db: Database, interval: IdInterval, micros: Micros): number | undefined {
  const before = readEventRanges(db, interval.afterId, interval.upToId).filter(({ receivedTo }) => receivedTo < micros);
  const find = db
    .prepare<[number, number, number], number>(
      'select id from events where id > ? and id <= ? and received_at >= ? order by id limit 1',
    )
    .pluck();
  for (const { afterId, upToId } of intervalsWithout(interval, before)) {
    const id = find.get(afterId, upToId, micros);
    if (id !== undefined) return id;
  }
  return undefined;
}
