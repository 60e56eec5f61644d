import type { Database } from 'better-sqlite3';
import type { IdHash } from './deduplication.js';
import { rememberSealed } from './sealed-event-ids.js';
import type { Sealed } from './segments.js';

/** Events that are in segments from now on. */
export interface Sealing extends Sealed {
  /** Hashes of their event ids, so that they are still known when they are sent again. */
  readonly eventIds: readonly IdHash[];
}

/** Moves the mark up to which events are sealed, within the caller's transaction. */
export function writeSealing(db: Database, { lastId, receivedAt, eventIds }: Sealing): void {
  db.prepare('update sealed set last_id = ?, received_at = max(received_at, ?)').run(lastId, receivedAt);
  rememberSealed(db, lastId, eventIds);
}

/** The highest id that an event was given, or 0. */
export function readLastGivenId(db: Database): number {
  return db.prepare<[], number>("select seq from sqlite_sequence where name = 'events'").pluck().get() ?? 0;
}

/** Moves the sequence of ids, within the caller's transaction: the next event of the journal follows `lastId`. */
export function writeLastGivenId(db: Database, lastId: number): void {
  const { changes } = db.prepare("update sqlite_sequence set seq = ? where name = 'events'").run(lastId);
  if (changes === 0) db.prepare("insert into sqlite_sequence(name, seq) values ('events', ?)").run(lastId);
}
