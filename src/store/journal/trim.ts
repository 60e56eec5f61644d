import { dirname } from 'node:path';
import type { Database } from 'better-sqlite3';
import { codeOf } from '../../core/errors.js';
import { faultPoint } from '../../core/fault-point.js';
import { pause } from '../../core/sleep.js';
import { isDiskFull } from '../../core/trouble.js';
import type { IdRuns } from '../catalog/id-runs.js';
import { limitLog } from '../database/log-limit.js';
import { readSealed } from '../catalog/segments.js';
import { noteRemoval } from '../database/store-identity.js';
import { openForWriting } from '../database/store.js';

/** Approximate maximum time that a transaction keeps the writer of a running server waiting, in milliseconds. */
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

/** Wait when another writer is in a transaction, in milliseconds. */
const BUSY_WAIT_MS = 1;

/** Live pages of a database that is rewritten rather than shrunk page by page: some 32 MiB, written in a moment. */
const MAX_REWRITTEN_PAGES = 2048;

/** Tries at a checkpoint that empties the log; each fails at once while a query reads from it. */
const CHECKPOINT_TRIES = 20;

export interface TrimOptions {
  readonly signal: AbortSignal;
  /** True when another process writes to the store, so that trimming pauses for it. Called before each pause. */
  readonly isShared: () => boolean;
  /** Told of each committed transaction: how many events are gone so far. */
  readonly onProgress?: (trimmed: number) => void;
}

/** The result; incomplete when the signal aborted. */
export interface Trimmed {
  readonly events: number;
  readonly isComplete: boolean;
  /** True when the file could be cut to its new size; false while another process still reads the old part. */
  readonly isTruncated: boolean;
}

/**
 * Deletes events of the journal, but for those that are sealed, and gives their pages back to the file system, in transactions of a few milliseconds, so that a
 * writer in another process waits no longer. An abort stops it between two of them; what is committed stays.
 * `db` is for this alone: its busy timeout is changed.
 */
export async function trimEvents(db: Database, ids: IdRuns, options: TrimOptions): Promise<Trimmed> {
  db.pragma('busy_timeout = 0');
  const { lastId } = readSealed(db);
  const events = await inTransactions(db, deleteRuns(db, 'events', ids, lastId), options, {
    onCommit: options.onProgress,
    beforeCommit: () => noteRemoval(db),
  });
  await inTransactions(db, vacuumPages(db), options);
  return { events, isComplete: !options.signal.aborted, isTruncated: await truncate(db, options.signal) };
}

/** Deletes streams in the same way as {@link trimEvents}. Returns how many. */
export async function trimStreams(db: Database, ids: IdRuns, options: TrimOptions): Promise<number> {
  db.pragma('busy_timeout = 0');
  const streams = await inTransactions(db, deleteRuns(db, 'streams', ids), options);
  if (streams === 0) return 0;
  await inTransactions(db, vacuumPages(db), options);
  await truncate(db, options.signal);
  return streams;
}

/** Deletes the journal's rows of events that are sealed. */
export interface SealedRows {
  /** In the same way as {@link trimEvents}. Pages are given back only where `shrinks`: while events come in, the file needs them again. */
  trim(options: TrimOptions & { readonly shrinks: boolean }): Promise<void>;
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
    async trim(options) {
      const [first, last] = bounds.get()!;
      const isEmptied = first !== null && !options.isShared() && deleteAllSealed(db);
      if (first !== null && first <= last && !isEmptied)
        await inTransactions(db, deleteRange(db, first, last), options);
      faultPoint('trim:deleted');
      if (!options.shrinks) return;
      if (isEmptied) rewriteSmall(db);
      await inTransactions(db, vacuumPages(db), options);
      await truncate(db, options.signal);
    },
    close: () => db.close(),
  };
}

/** The result of one step of a transaction. */
interface Step {
  /** The number of rows or pages. */
  readonly count: number;
  /** The id that the steps after this one begin past. */
  readonly upTo: number;
}

/** Steps from those past an id on. */
type Steps = (after: number) => Iterator<Step, void>;

/**
 * Runs steps in transactions, as many in one as fit its time. Where the disk has no room for the log of one, half of its
 * steps are tried, with the log emptied into the database before: each transaction then writes over the log of the one
 * before. Returns the sum of the committed steps' counts.
 */
async function inTransactions(
  db: Database,
  stepsAfter: Steps,
  { signal, isShared }: TrimOptions,
  { onCommit, beforeCommit }: { onCommit?: ((sum: number) => void) | undefined; beforeCommit?: () => void } = {},
): Promise<number> {
  const log = limitLog(db, dirname(db.name));
  let steps = stepsAfter(0);
  let sum = 0;
  let upTo = 0;
  let maxSteps = Infinity;
  for (let isDone = false; !isDone && !signal.aborted;) {
    if (!tryBegin(db)) {
      await pause(BUSY_WAIT_MS, signal);
      continue;
    }
    const done = { steps: 0, count: 0, upTo };
    try {
      const deadline = performance.now() + TRANSACTION_MS;
      do {
        const step = steps.next();
        isDone = step.done === true;
        if (!step.value) break;
        Object.assign(done, { steps: done.steps + 1, count: done.count + step.value.count, upTo: step.value.upTo });
      } while (done.steps < maxSteps && performance.now() < deadline);
      beforeCommit?.();
      db.exec('commit');
    } catch (error) {
      if (!isDiskFull(error) || maxSteps === 1) throw error;
      if (db.inTransaction) db.exec('rollback');
      await truncate(db, signal);
      maxSteps = Math.max(1, Math.floor(Math.min(maxSteps, done.steps) / 2));
      steps = stepsAfter(upTo);
      isDone = false;
      continue;
    } finally {
      if (db.inTransaction) db.exec('rollback');
    }
    ({ upTo } = done);
    sum += done.count;
    onCommit?.(sum);
    if (maxSteps < Infinity) await truncate(db, signal);
    else log.enforce();
    await pause(isShared() ? REST_MS : 0);
  }
  return sum;
}

function deleteRuns(db: Database, table: 'events' | 'streams', ids: IdRuns, sealedId = 0): Steps {
  const statement = db.prepare<[number, number]>(`delete from ${table} where id between ? and ?`);
  return function* (after) {
    for (const [first, last] of ids.runs(ROWS_A_LOOK, Math.max(after, sealedId))) {
      yield { count: statement.run(first, last).changes, upTo: last };
      faultPoint('prune:journal');
    }
  };
}

/** Not while sealed events go back into the journal, whose rows count from the end of that on. */
const NOT_RETURNING = `not exists (select 1 from settings where key = 'returned')`;

function deleteRange(db: Database, first: number, last: number): Steps {
  const statement = db.prepare<[number, number]>(`delete from events where id between ? and ? and ${NOT_RETURNING}`);
  return function* (after) {
    for (let from = Math.max(first, after + 1); from <= last; from += ROWS_A_LOOK) {
      const to = Math.min(last, from + ROWS_A_LOOK - 1);
      yield { count: statement.run(from, to).changes, upTo: to };
      faultPoint('trim:deleting');
    }
  };
}

/**
 * Deletes all rows at once when each is sealed. SQLite then frees the pages of the table without a look at the rows:
 * a tenth of a second for a million, for which other writers wait.
 * @returns false when nothing was deleted.
 */
function deleteAllSealed(db: Database): boolean {
  if (!tryBegin(db)) return false;
  try {
    const isSealed = db
      .prepare<[], number>(`select (select max(id) from events) <= (select last_id from sealed) and ${NOT_RETURNING}`)
      .pluck()
      .get();
    if (isSealed === 1) {
      db.exec('delete from events');
      faultPoint('trim:deleting');
    }
    db.exec('commit');
    return isSealed === 1;
  } catch (error) {
    // In small transactions it may still fit the disk.
    if (!isDiskFull(error)) throw error;
    return false;
  } finally {
    if (db.inTransaction) db.exec('rollback');
  }
}

/** Writes the pages in use to a new file image when there are few: less work than moving the free ones to the end. */
function rewriteSmall(db: Database): void {
  const pages = (name: 'page_count' | 'freelist_count'): number => db.pragma(name, { simple: true }) as number;
  if (pages('page_count') - pages('freelist_count') > MAX_REWRITTEN_PAGES) return;
  try {
    db.exec('vacuum');
  } catch (error) {
    // Page by page it needs less room, and no moment without another writer.
    if (!isDiskFull(error) && codeOf(error)?.startsWith('SQLITE_BUSY') !== true) throw error;
  }
}

/** Moves pages from the end of the file into its gaps until all are filled. */
function vacuumPages(db: Database): Steps {
  const freePages = db.prepare<[], number>('pragma freelist_count').pluck();
  return function* () {
    for (let before = freePages.get()!, after; before > 0; before = after) {
      db.pragma(`incremental_vacuum(${PAGES_A_LOOK})`);
      after = freePages.get()!;
      if (after >= before) return;
      yield { count: before - after, upTo: 0 };
    }
  };
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

/**
 * Copies the log into the database, without keeping writers out, and then, in what is a short moment, cuts both. Returns
 * false where a reader, or a full disk, keeps it from that.
 */
async function truncate(db: Database, signal: AbortSignal): Promise<boolean> {
  try {
    db.pragma('wal_checkpoint(passive)');
    for (let tries = 0; tries < CHECKPOINT_TRIES; tries++) {
      const [result] = db.pragma('wal_checkpoint(truncate)') as { busy: number }[];
      if (result?.busy === 0) return true;
      await pause(REST_MS, signal);
    }
  } catch (error) {
    if (!isDiskFull(error)) throw error;
  }
  return false;
}
