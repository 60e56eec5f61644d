import type Database from 'better-sqlite3';
import { codeOf } from '../../core/errors.js';
import { closeFile, createClosedFile } from '../database/close-directory.js';
import { Sqlite } from '../database/sqlite.js';

/**
 * Holds a lock that is a transaction on a SQLite file of its own: the system lets go of it when the process ends,
 * however it ends, and it is never left behind.
 * @returns how to let go, or undefined when another process holds it.
 * @throws whatever SQLite throws where the file cannot be made.
 */
export function lockFile(file: string): (() => void) | undefined {
  let db: Database.Database | undefined;
  try {
    createClosedFile(file);
    closeFile(file);
    db = new Sqlite(file, { timeout: 0 });
    // No journal beside the lock: nothing is written, and on a full disk there is no room for one.
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
