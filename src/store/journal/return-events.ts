import type { Database } from 'better-sqlite3';
import { codeOf } from '../../core/errors.js';
import type { Micros } from '../../core/duration.js';
import { pause } from '../../core/sleep.js';
import { limitLog } from '../database/log-limit.js';
import { dropSegments, readSealed, readSegments } from '../catalog/segments.js';
import { openForWriting } from '../database/store.js';
import { readStoreSetting, writeStoreSetting } from '../database/settings.js';

/** An event as the journal keeps it. */
export type JournalRow = readonly [
  id: number,
  streamId: number,
  receivedAt: Micros,
  payload: string,
  encoding: string | null,
];

/** The stored progress: all segments, and those that are already back. */
interface Returned {
  readonly of: readonly number[];
  readonly done: readonly number[];
}

/** Rows of one transaction: some milliseconds, in which the writer of a server waits. */
const ROWS_AT_ONCE = 250;

/** Longer than a waiting writer sleeps before it looks again (SQLite's busy handler). */
const REST_MS = 5;
const BUSY_WAIT_MS = 1;

/**
 * Puts sealed events back into the journal, under their ids. The rows do not count as long as the events are sealed
 * (their ids are not past the last sealed one), so they are there at once when the last transaction says so. For
 * whoever holds the archive's lock.
 */
export interface ReturningEvents {
  /** The segments that are back already, since before a crash. */
  readonly returned: ReadonlySet<number>;
  /** Adds rows, in short transactions. A row that is there already stays. */
  add(rows: readonly JournalRow[], signal: AbortSignal): Promise<void>;
  /** All rows of the segment were added. */
  finishSegment(id: number): void;
  /** In one transaction: no event is sealed any more, and the segments are out of use. @throws Error when rows are missing */
  finish(now: Micros): void;
  close(): void;
}

/**
 * Opens the store at `dir` for {@link ReturningEvents}. Continues after a crash, unless the segments have changed
 * since: then it starts over.
 */
export async function openReturningEvents(dir: string, signal: AbortSignal): Promise<ReturningEvents> {
  const db = openForWriting(dir);
  const log = limitLog(db, dir);
  const insert = db.prepare(
    'insert or ignore into events(id, stream_id, received_at, payload, encoding) values (?, ?, ?, ?, ?)',
  );
  const remove = db.prepare('delete from events where id in (select id from events where id <= ? limit ?)');
  const of = readSegments(db).map(({ id }) => id);
  const before = readStoreSetting(db, 'returned') as Returned | undefined;
  const isStale = before?.of.join() !== of.join();
  const returned = new Set(isStale ? [] : before.done);
  const remember = (): void => writeStoreSetting(db, 'returned', { of, done: [...returned] } satisfies Returned);
  if (isStale) {
    // Rows that are in the way: of events sealed just now, or of segments that have since lost some.
    writeStoreSetting(db, 'returned', undefined);
    const { lastId } = readSealed(db);
    while (!signal.aborted && (await inTransaction(db, signal, () => remove.run(lastId, ROWS_AT_ONCE).changes)) > 0) {
      await pause(REST_MS, signal);
    }
  }
  remember();

  return {
    returned,
    async add(rows, stop) {
      for (let at = 0; at < rows.length && !stop.aborted; at += ROWS_AT_ONCE) {
        await inTransaction(db, stop, () => {
          for (const row of rows.slice(at, at + ROWS_AT_ONCE)) insert.run(...row);
        });
        log.enforce();
        await pause(REST_MS, stop);
      }
    },
    finishSegment(id) {
      returned.add(id);
      remember();
    },
    finish(now) {
      const { lastId } = readSealed(db);
      const there = db.prepare<[number], number>('select count(*) from events where id <= ?').pluck().get(lastId)!;
      const events = readSegments(db).reduce((sum, segment) => sum + segment.events, 0);
      if (there !== events) throw new Error(`${events} events were to go back to the journal, but ${there} are there`);
      db.transaction(() => {
        dropSegments(db, of, now);
        db.prepare('update sealed set last_id = 0').run();
        writeStoreSetting(db, 'returned', undefined);
      }).immediate();
    },
    close: () => db.close(),
  };
}

async function inTransaction<T>(db: Database, signal: AbortSignal, work: () => T): Promise<T> {
  for (;;) {
    try {
      return db.transaction(work).immediate();
    } catch (error) {
      if (!codeOf(error)?.startsWith('SQLITE_BUSY')) throw error;
      signal.throwIfAborted();
      await pause(BUSY_WAIT_MS, signal);
    }
  }
}
