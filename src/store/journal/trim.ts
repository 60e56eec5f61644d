import { dirname } from 'node:path';
import type { Database } from 'better-sqlite3';
import { codeOf } from '../../core/errors.js';
import { faultPoint } from '../../core/fault-point.js';
import { pause } from '../../core/sleep.js';
import type { IdRuns } from '../catalog/id-runs.js';
import { limitLog } from '../database/log-limit.js';
import { readSealed } from '../catalog/segments.js';
import { openForWriting } from '../database/store.js';

/** How long a transaction may keep the writer of a running server waiting, about. */
const TRANSACTION_MS = 4;

/**
 * The rest between two transactions. A waiting writer looks again after 1, 2, 5, 10, ... ms (SQLite's busy handler), so
 * a rest longer than what it has slept through so far lets it in.
 */
const REST_MS = 10;

/** Rows that are deleted between two looks at the clock: about a tenth of a millisecond. */
const ROWS_A_LOOK = 64;

/** Pages that are given back between two looks at the clock. */
const PAGES_A_LOOK = 8;

/** How long to wait when another writer is in the middle of a transaction. */
const BUSY_WAIT_MS = 1;

/** Tries at a checkpoint that empties the log; each fails at once while a query reads from it. */
const CHECKPOINT_TRIES = 20;

export interface ExpireOptions {
  readonly signal: AbortSignal;
  /** Whether another process writes to the store, so that it must be let in. Asked before each rest. */
  readonly isShared: () => boolean;
  /** Told of each committed transaction: how many events are gone so far. */
  readonly onProgress?: (expired: number) => void;
}

/** What was done; less than was asked when the signal aborted. */
export interface Expired {
  readonly events: number;
  readonly isComplete: boolean;
  /** Whether the file could be cut to its new size; false while another process still reads what was there before. */
  readonly isTruncated: boolean;
}

/**
 * Deletes events of the journal, but for those that are sealed, and gives their pages back to the file system, in transactions of a few milliseconds, so that a
 * writer in another process waits no longer. An abort stops it between two of them; what is committed stays.
 * `db` is for this alone: its busy timeout is changed.
 */
export async function expireEvents(db: Database, ids: IdRuns, options: ExpireOptions): Promise<Expired> {
  db.pragma('busy_timeout = 0');
  const removed = db.prepare('update store set removals = removals + 1');
  const events = await inTransactions(
    db,
    deleteRuns(db, 'events', ids, readSealed(db).lastId),
    options,
    options.onProgress,
    () => removed.run(),
  );
  await inTransactions(db, vacuumPages(db), options);
  return { events, isComplete: !options.signal.aborted, isTruncated: await truncate(db, options.signal) };
}

/** Deletes streams in the same way as {@link expireEvents}. Returns how many. */
export async function expireStreams(db: Database, ids: IdRuns, options: ExpireOptions): Promise<number> {
  db.pragma('busy_timeout = 0');
  const streams = await inTransactions(db, deleteRuns(db, 'streams', ids), options);
  if (streams === 0) return 0;
  await inTransactions(db, vacuumPages(db), options);
  await truncate(db, options.signal);
  return streams;
}

/** Deletes the journal's rows of events that are sealed. */
export interface SealedRows {
  /** In the same way as {@link expireEvents}. Pages are given back only where `shrinks`: while events come in, the file needs them again. */
  expire(options: ExpireOptions & { readonly shrinks: boolean }): Promise<void>;
  close(): void;
}

/** Opens the store at `dir` for deleting sealed rows. A deletion that a power cut undoes is done again: it is not worth an fsync. */
export function openSealedRows(dir: string): SealedRows {
  const db = openForWriting(dir, 'os');
  db.pragma('busy_timeout = 0');
  const bounds = db
    .prepare<[], [number | null, number]>('select (select min(id) from events), (select last_id from sealed)')
    .raw();
  return {
    async expire(options) {
      const [first, last] = bounds.get()!;
      if (first !== null && first <= last) await inTransactions(db, deleteRange(db, first, last), options);
      faultPoint('expire:deleted');
      if (!options.shrinks) return;
      await inTransactions(db, vacuumPages(db), options);
      await truncate(db, options.signal);
    },
    close: () => db.close(),
  };
}

/** Runs the steps of `work` in transactions, as many in one as fit its time. Returns the sum of the committed steps. */
async function inTransactions(
  db: Database,
  work: Iterator<number, void>,
  { signal, isShared }: ExpireOptions,
  onCommit?: (sum: number) => void,
  beforeCommit?: () => void,
): Promise<number> {
  const log = limitLog(db, dirname(db.name));
  let sum = 0;
  for (let isDone = false; !isDone && !signal.aborted;) {
    if (!tryBegin(db)) {
      await pause(BUSY_WAIT_MS, signal);
      continue;
    }
    try {
      const deadline = performance.now() + TRANSACTION_MS;
      do {
        const step = work.next();
        isDone = step.done === true;
        sum += step.value ?? 0;
      } while (!isDone && performance.now() < deadline);
      beforeCommit?.();
      db.exec('commit');
    } finally {
      if (db.inTransaction) db.exec('rollback');
    }
    onCommit?.(sum);
    log.enforce();
    await pause(isShared() ? REST_MS : 0);
  }
  return sum;
}

function* deleteRuns(db: Database, table: 'events' | 'streams', ids: IdRuns, after = 0): Generator<number, void> {
  const statement = db.prepare<[number, number]>(`delete from ${table} where id between ? and ?`);
  for (const [first, last] of ids.runs(ROWS_A_LOOK, after)) {
    yield statement.run(first, last).changes;
    faultPoint('prune:journal');
  }
}

/** Not while sealed events go back into the journal, whose rows count from the end of that on. */
const NOT_RETURNING = `not exists (select 1 from settings where key = 'returned')`;

function* deleteRange(db: Database, first: number, last: number): Generator<number, void> {
  const statement = db.prepare<[number, number]>(`delete from events where id between ? and ? and ${NOT_RETURNING}`);
  for (let from = first; from <= last; from += ROWS_A_LOOK) {
    yield statement.run(from, Math.min(last, from + ROWS_A_LOOK - 1)).changes;
    faultPoint('expire:deleting');
  }
}

/** Moves pages from the end of the file into its gaps, until there is none. */
function* vacuumPages(db: Database): Generator<number, void> {
  const freePages = db.prepare<[], number>('pragma freelist_count').pluck();
  for (let before = freePages.get()!, after; before > 0; before = after) {
    db.pragma(`incremental_vacuum(${PAGES_A_LOOK})`);
    after = freePages.get()!;
    if (after >= before) return;
    yield before - after;
  }
}

function tryBegin(db: Database): boolean {
  try {
    db.exec('begin immediate');
    return true;
  } catch (error) {
    if (codeOf(error)?.startsWith('SQLITE_BUSY')) return false;
    throw error;
  }
}

/** Copies the log into the database, without keeping writers out, and then, in what is a short moment, cuts both. */
async function truncate(db: Database, signal: AbortSignal): Promise<boolean> {
  db.pragma('wal_checkpoint(passive)');
  for (let tries = 0; tries < CHECKPOINT_TRIES; tries++) {
    const [result] = db.pragma('wal_checkpoint(truncate)') as { busy: number }[];
    if (result?.busy === 0) return true;
    await pause(REST_MS, signal);
  }
  return false;
}
