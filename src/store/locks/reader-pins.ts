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
 * Pins the files of all current segments until the pin is released or the process ends. Take the pin before the
 * snapshot that the segments are read from. It is a lock on a separate SQLite file, as that of the store is: the system
 * releases it when the process ends in any way.
 * @returns a function that releases the pin; undefined in a store that this process may only read, or on a full disk.
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

/** Undefined when a sweep ran between the creation and the locking of the file and removed it as unlocked. */
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
 * The start of the oldest running query, in milliseconds since 1970; undefined without a running query. Removes the
 * leftovers of ended processes.
 */
export function oldestPin(dir: string): number | undefined {
  // SQLite may keep a journal of the lock file next to it.
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
