import { chmodSync } from 'node:fs';
import type Database from 'better-sqlite3';
import { codeOf } from '../../core/errors.js';
import { Sqlite } from '../database/sqlite.js';

/**
 * Acquires a lock: an open transaction on a separate SQLite file. The system releases it when the process ends in any
 * way, so it is never left behind.
 * @returns a function that releases the lock, or undefined when another process holds it.
 * @throws the error of SQLite when the file cannot be created.
 */
export function lockFile(file: string): (() => void) | undefined {
  let db: Database.Database | undefined;
  try {
    db = new Sqlite(file, { timeout: 0 });
    chmodSync(file, 0o600);
    // No journal for the lock file: nothing is written to it, and a full disk has no space for a journal.
    db.pragma('journal_mode = memory');
    db.exec('begin exclusive');
    const held = db;
    return () => held.close();
  } catch (error) {
    db?.close();
    if (codeOf(error) === 'SQLITE_BUSY') return undefined;
    throw error;
  }
}
