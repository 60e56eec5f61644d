import { closeSync, existsSync, fsyncSync, openSync } from 'node:fs';
import type { StoreDatabase } from './store.js';

/**
 * Makes what a connection of the durability `os` has committed survive a power cut. Unlike a commit of the durability
 * `fsync`, it keeps no writer of another process waiting for the disk: no lock is held. The log has all commits since
 * the last checkpoint, and a checkpoint writes the log to disk before it copies it (SQLite, Write-Ahead Logging).
 * @throws any error of the disk.
 */
export function syncLog(db: StoreDatabase): void {
  const file = `${db.name}-wal`;
  // Nothing was committed since the log was last removed.
  if (!existsSync(file)) return;
  const log = openSync(file, 'r+');
  try {
    fsyncSync(log);
  } finally {
    closeSync(log);
  }
}
