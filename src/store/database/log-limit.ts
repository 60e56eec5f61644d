import { statSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { codeOf } from '../../core/errors.js';
import { databaseFile, LOG_LIMIT_BYTES } from './store.js';

/**
 * Successive times that attempts to restart the log wait for readers to release their snapshots, in milliseconds. No
 * process can write meanwhile. Tails hold a snapshot for a few milliseconds, queries for 50 at a time
 * (query/view/snapshot.ts), on a busy machine ten times as long.
 */
const PATIENCE_MS = [5, 20, 60, 150, 300, 600, 1000];

/** With a log of this many bytes the longest wait is due: not much is left of what the log may take (96 MB). */
const URGENT_BYTES = 2 * LOG_LIMIT_BYTES;

/** Between two tries the writer works for this share of the time that it has just waited. */
const WORK_SHARE = 1;
const URGENT_WORK_SHARE = 0.25;

/** After this many attempts with the longest wait, some program holds its snapshot for good: the log has to grow. */
const MAX_LONG_TRIES = 10;
const GIVEN_UP_MS = 10_000;

/**
 * Keeps the log of a store from growing without end where readers follow it. SQLite's own checkpoints, at 8 MiB, do not
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
  let nextTry = 0;

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
        return;
      }
      const begun = performance.now();
      if (begun < nextTry) return;
      const isUrgent = bytes > URGENT_BYTES;
      const longest = PATIENCE_MS.length - 1;
      if (isUrgent) failures = Math.max(failures, longest);
      // The next commit then starts at the beginning of the file, and cuts it to LOG_LIMIT_BYTES.
      if (restart(PATIENCE_MS[Math.min(failures, longest)]!)) {
        failures = 0;
        return;
      }
      failures++;
      const now = performance.now();
      const rest = (now - begun) * (isUrgent ? URGENT_WORK_SHARE : WORK_SHARE);
      nextTry = now + (failures > longest + MAX_LONG_TRIES ? GIVEN_UP_MS : rest);
    },
  };
}
