import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type Database from 'better-sqlite3';
import { codeOf, TelemetryError } from '../../core/errors.js';
import { closeToOthers, createClosedFile } from './close-directory.js';
import { APPLICATION_ID, migrate, SCHEMA_VERSION } from './migrations.js';
import { FIRST_RESERVE_BYTES, makeReserve, withReserve } from './reserve.js';
import { Sqlite } from './sqlite.js';
import { readIdentity, renewEpochOfCopy, type StoreIdentity } from './store-identity.js';
import { isFullStore, storeError } from './store-trouble.js';

/**
 * The promise of an ack: `fsync` survives a power cut, `os` a crash of the server; with `none` a power cut may even
 * damage the file.
 */
export type Durability = 'fsync' | 'os' | 'none';

/** A connection to a store. */
export type StoreDatabase = Database.Database;

const SYNCHRONOUS: Record<Durability, string> = { fsync: 'full', os: 'normal', none: 'off' };

/** Larger pages than SQLite's default: measured 1.3 times the insert rate on events of some 300 bytes, none slower. */
const PAGE_BYTES = 16_384;

/**
 * Size to which the log is cut when it is restarted, in bytes: less than this is overwritten again and again. See
 * log-limit.ts.
 */
export const LOG_LIMIT_BYTES = 32 * 1024 * 1024;

/** Maximum wait of a writer for another process's short transaction (prune), in milliseconds. */
export const BUSY_TIMEOUT_MS = 5_000;

/** The store's SQLite file: the journal and the catalog. */
export function databaseFile(dir: string): string {
  return join(dir, 'telemetry.db');
}

/**
 * Opens the store for writing, and creates it (directory 0700, file 0600) or migrates it when needed.
 * @param patience how long another process's transaction is waited for, in milliseconds.
 * @throws TelemetryError `failure` when the directory or file cannot be used, or the store is of a newer version.
 */
export function openForWriting(
  dir: string,
  durability: Durability = 'fsync',
  patience = BUSY_TIMEOUT_MS,
): Database.Database {
  const file = databaseFile(dir);
  return opening(dir, () => {
    makeStoreDirectory(dir);
    const isNew = !existsSync(file);
    if (!isNew) refuseForeign(file, patience);
    if (isNew) createClosedFile(file);
    const db = new Sqlite(file);
    try {
      db.pragma(`busy_timeout = ${patience}`);
      if (isEmpty(db)) {
        db.pragma(`page_size = ${PAGE_BYTES}`);
        db.pragma('auto_vacuum = incremental');
      }
      db.pragma('journal_mode = wal');
      db.pragma(`synchronous = ${SYNCHRONOUS[durability]}`);
      db.pragma('fullfsync = on');
      db.pragma(`journal_size_limit = ${LOG_LIMIT_BYTES}`);
      migrate(db);
      renewEpochOfCopy(db, file);
      if (isNew) makeReserve(dir, FIRST_RESERVE_BYTES);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/**
 * Opens an existing store for reading. Any number of processes may, also during writes. A store of an older version is
 * migrated first.
 * @throws TelemetryError `noStore` when `dir` has no store; `failure` when it cannot be used.
 */
export function openForReading(dir: string): Database.Database {
  const file = databaseFile(dir);
  return opening(dir, () => {
    // Not existsSync: a store in a directory that may not be entered is there all the same.
    if (!statSync(file, { throwIfNoEntry: false })) throw noStore(dir);
    refuseForeign(file, BUSY_TIMEOUT_MS);
    let db = new Sqlite(file, { fileMustExist: true });
    try {
      db.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
      if (isEmpty(db)) throw noStore(dir);
      if (Number(db.pragma('user_version', { simple: true })) < SCHEMA_VERSION) {
        db.close();
        openForWriting(dir).close();
        db = new Sqlite(file, { fileMustExist: true });
        db.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
      }
      db.pragma('query_only = on');
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/** The identity of the store at `dir`. @throws TelemetryError as {@link openForReading}. */
export function identityOf(dir: string): StoreIdentity {
  const db = openForReading(dir);
  try {
    return readIdentity(db);
  } finally {
    db.close();
  }
}

/**
 * Creates the directory of a store, on disk when this returns: an event in it is only as safe as its path. An existing
 * directory is closed to other users.
 * @throws TelemetryError `failure`, see {@link closeToOthers}, and errors of the file system.
 */
export function makeStoreDirectory(dir: string): void {
  // Not mkdir's `recursive`: Node never comes back from it where no directory can be made, such as below /proc.
  const missing: string[] = [];
  for (let at = resolve(dir); !existsSync(at); at = dirname(at)) missing.push(at);
  for (const made of missing.reverse()) {
    try {
      mkdirSync(made, { mode: 0o700 });
    } catch (error) {
      // Another process was faster.
      if (codeOf(error) !== 'EEXIST') throw error;
    }
    syncDirectory(dirname(made));
  }
  closeToOthers(dir);
}

function syncDirectory(dir: string): void {
  const descriptor = openSync(dir, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function noStore(dir: string): TelemetryError {
  return new TelemetryError('noStore', `there is no telemetry store at ${dir}`, {
    remedy: 'Start one with `telemetry serve`, or name another with --store DIR.',
  });
}

/** No table and no owner: a new file, or one whose creator has switched on WAL mode and not yet run the migrations. */
function isEmpty(db: Database.Database): boolean {
  if (db.pragma('page_count', { simple: true }) === 0) return true;
  if (db.pragma('application_id', { simple: true }) !== 0) return false;
  return db.prepare('select 1 from sqlite_schema').get() === undefined;
}

/** Looks through a connection that cannot write: closing any other folds the log that a crash left into the database. */
function refuseForeign(file: string, patience: number): void {
  try {
    lookAtHeader(file, { readonly: true, timeout: patience });
  } catch (error) {
    // A crash while the store was created left a change half made, which only a connection that writes can undo.
    if (codeOf(error) !== 'SQLITE_READONLY_ROLLBACK') throw error;
    lookAtHeader(file, { readonly: false, timeout: patience });
  }
}

function lookAtHeader(file: string, options: Database.Options): void {
  const db = new Sqlite(file, options);
  try {
    if (!isEmpty(db)) refuseForeignHeader(db, file);
  } finally {
    db.close();
  }
}

function refuseForeignHeader(db: Database.Database, file: string): void {
  if (db.pragma('application_id', { simple: true }) !== APPLICATION_ID) {
    throw new TelemetryError('failure', `${file} is a database, but not a telemetry store; it was not touched`, {
      remedy: 'Name another directory with --store DIR.',
    });
  }
  const version = Number(db.pragma('user_version', { simple: true }));
  if (version > SCHEMA_VERSION) {
    throw new TelemetryError(
      'failure',
      `the store ${file} has version ${version}; this telemetry reads up to version ${SCHEMA_VERSION}. It was not touched`,
      { remedy: 'Update telemetry.' },
    );
  }
}

/** SQLite needs some room for the index of the log, even to read a store that no other process has open. */
function opening<T>(dir: string, open: () => T): T {
  try {
    return withReserve(dir, error => isFullStore(dir, error), open);
  } catch (error) {
    throw storeError('cannot open the store', dir, error);
  }
}
