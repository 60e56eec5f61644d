import { statSync } from 'node:fs';
import { TelemetryError } from '../../core/errors.js';
import { Appender } from './appender.js';
import { limitLog } from '../database/log-limit.js';
import { isReserveInUse, makeReserve } from '../database/reserve.js';
import { BUSY_TIMEOUT_MS, databaseFile, openForWriting, type Durability } from '../database/store.js';

/**
 * The pages of the log, 16 KiB each, after which a commit also copies them to the database, and its ack waits for that.
 * With SQLite's 1000, the p99 of acks at full speed is a fifth longer, at the same rate.
 */
const CHECKPOINT_PAGES = 500;

/** The journal as its one writer has it. */
export interface OpenJournal {
  readonly appender: Appender;
  /** Keeps the log within its bounds; to be called after the acks of a commit, which need not wait for it. */
  readonly tend: () => void;
  readonly close: () => void;
}

/**
 * Opens the journal of the store at `dir`, which this process holds. The store is created or migrated when needed.
 * @param patience how long the opening waits for another process's transaction, in milliseconds.
 * @throws TelemetryError `failure` when the store cannot be opened, or what SQLite throws.
 */
export function openJournal(dir: string, durability: Durability, patience = BUSY_TIMEOUT_MS): OpenJournal {
  const db = openForWriting(dir, durability, patience);
  try {
    // What dropped it may have been killed.
    if (isReserveInUse(dir)) makeReserve(dir);
    const appender = new Appender(db, checkOf(dir));
    db.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    return { appender, tend: limitLog(db, dir).enforce, close: () => void db.close() };
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Returns a check to run before each commit. Fails when the database file was removed or replaced, since an ack for it
 * would be untrue, and when the disk is full and the reserve is dropped: the rest of the disk belongs to the work that
 * frees space.
 */
function checkOf(dir: string): () => void {
  const file = databaseFile(dir);
  const identity = (): string | undefined => {
    const stats = statSync(file, { throwIfNoEntry: false });
    return stats && `${stats.dev}:${stats.ino}`;
  };
  const own = identity();
  return () => {
    if (identity() !== own) {
      throw new TelemetryError('failure', `${file} was removed or replaced`, {
        remedy: 'Start telemetry again.',
      });
    }
    if (isReserveInUse(dir)) throw Object.assign(new Error('the reserve is in use'), { code: 'SQLITE_FULL' });
  };
}
