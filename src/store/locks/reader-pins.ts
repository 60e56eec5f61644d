import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { codeOf } from '../../core/errors.js';
import { isDiskFull } from '../../core/trouble.js';
import { Sqlite } from '../database/sqlite.js';

/** The folder of a store with a file for each query that reads segments now. */
function pinFolder(dir: string): string {
  return join(dir, 'readers');
}

/**
 * Keeps the files of all segments that count now where they are, until the pin is taken back or the process ends. To be
 * taken before the snapshot that the segments are read from. The pin is a lock on a SQLite file of its own, as the
 * store's is: the system lets go of it however the process ends.
 * @returns how to take it back; undefined in a store that this process may only read, or on a disk that has no room for it.
 */
export function pinSegments(dir: string): (() => void) | undefined {
  try {
    mkdirSync(pinFolder(dir), { recursive: true, mode: 0o700 });
    for (;;) {
      const unpin = tryPin(join(pinFolder(dir), `${process.pid}-${randomBytes(4).toString('hex')}.lock`));
      if (unpin) return unpin;
    }
  } catch (error) {
    if (
      isDiskFull(error) ||
      ['EACCES', 'EROFS', 'EPERM', 'SQLITE_CANTOPEN', 'SQLITE_READONLY'].includes(codeOf(error) ?? '')
    )
      return undefined;
    throw error;
  }
}

/** Undefined when a sweep came between making the file and locking it, and took it for one that nobody holds. */
function tryPin(file: string): (() => void) | undefined {
  closeSync(openSync(file, 'a', 0o600));
  const db = new Sqlite(file, { timeout: 0 });
  try {
    db.pragma('journal_mode = memory');
    db.exec('begin exclusive');
  } catch (error) {
    db.close();
    if (codeOf(error) === 'SQLITE_BUSY') return undefined;
    throw error;
  }
  if (!existsSync(file)) {
    db.close();
    return undefined;
  }
  return () => {
    db.close();
    rmSync(file, { force: true });
  };
}

/**
 * When the oldest query under way began, in milliseconds since 1970; undefined when there is none. Removes what ended
 * processes left.
 */
export function oldestPin(dir: string): number | undefined {
  // Beside a lock SQLite may keep a journal of it.
  const locks = readFolder(pinFolder(dir)).filter(name => name.endsWith('.lock'));
  const files = locks.map(name => join(pinFolder(dir), name));
  const times = files.flatMap(file => {
    const began = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
    return began !== undefined && isHeld(file) ? [began] : [];
  });
  return times.length === 0 ? undefined : Math.min(...times);
}

function isHeld(file: string): boolean {
  let db: Database.Database | undefined;
  try {
    db = new Sqlite(file, { timeout: 0, fileMustExist: true });
    db.pragma('journal_mode = memory');
    db.exec('begin exclusive');
    rmSync(file, { force: true });
    return false;
  } catch (error) {
    if (codeOf(error) === 'SQLITE_BUSY') return true;
    if (codeOf(error) === 'SQLITE_CANTOPEN') return false;
    throw error;
  } finally {
    db?.close();
  }
}

function readFolder(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}
