import { statSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { codeOf } from '../../core/errors.js';
import { databaseFile, LOG_LIMIT_BYTES } from './store.js';

const MIB = 1024 * 1024;

/** How far the log grows between two tries. */
const RETRY_BYTES = 4 * MIB;
const LATE_RETRY_BYTES = 16 * MIB;

/**
 * How long each try waits for readers to give their snapshots back, in milliseconds, while no one can write. Tails hold
 * theirs for some milliseconds, queries for 100 at a time (query/snapshot.ts), so that the last of these tries succeeds
 * when the log has some 60 MB. After them, a foreign program is holding one for long: waiting would not help.
 */
const PATIENCE_MS = [5, 20, 60, 150, 300, 300];
const LATE_PATIENCE_MS = 5;

/**
 * Keeps the log of a store from growing without end where readers follow it. SQLite's own checkpoints, at 16 MiB, do not
 * wait for anyone: with several tails there is always one that keeps the log from being reused.
 */
export interface LogLimit {
  /** Restarts the log when it has more than {@link LOG_LIMIT_BYTES}. To be called outside of a transaction, after each that writes much. */
  readonly enforce: () => void;
}

/** @param db the connection that writes; its busy timeout is left as it is. */
export function limitLog(db: Database, dir: string): LogLimit {
  const file = `${databaseFile(dir)}-wal`;
  const size = (): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  let failures = 0;
  let nextTry = LOG_LIMIT_BYTES;

  function restart(patience: number): boolean {
    const usual = db.pragma('busy_timeout', { simple: true }) as number;
    db.pragma(`busy_timeout = ${patience}`);
    try {
      const [result] = db.pragma('wal_checkpoint(restart)') as { busy: number }[];
      return result?.busy === 0;
    } catch (error) {
      // A full disk, above all: the next commit tells of it.
      if (!codeOf(error)?.startsWith('SQLITE_')) throw error;
      return false;
    } finally {
      db.pragma(`busy_timeout = ${usual}`);
    }
  }

  return {
    enforce() {
      const bytes = size();
      if (bytes <= LOG_LIMIT_BYTES) {
        failures = 0;
        nextTry = LOG_LIMIT_BYTES;
        return;
      }
      if (bytes < nextTry) return;
      if (restart(PATIENCE_MS[failures] ?? LATE_PATIENCE_MS)) {
        // The next commit starts at the beginning of the file, and cuts it to LOG_LIMIT_BYTES.
        failures = 0;
        nextTry = LOG_LIMIT_BYTES;
        return;
      }
      failures++;
      nextTry = bytes + (failures < PATIENCE_MS.length ? RETRY_BYTES : LATE_RETRY_BYTES);
    },
  };
}
