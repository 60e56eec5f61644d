import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { codeOf, messageOf, TelemetryError } from '../core/errors.js';
import { makeStoreDirectory } from './store.js';

/**
 * Holds the store for one server. The lock is a transaction on a SQLite file of its own: the system lets go of it when
 * the process ends, however it ends, and it is never left behind.
 * @returns how to let go, or undefined when another process holds the store.
 * @throws TelemetryError `failure` when the directory cannot be used.
 */
export function lockStore(dir: string): (() => void) | undefined {
  const file = join(dir, 'server.lock');
  let db: Database.Database | undefined;
  try {
    makeStoreDirectory(dir);
    db = new Database(file, { timeout: 0 });
    chmodSync(file, 0o600);
    db.exec('begin exclusive');
    const held = db;
    return () => held.close();
  } catch (error) {
    db?.close();
    if (codeOf(error) === 'SQLITE_BUSY') return undefined;
    throw new TelemetryError('failure', `cannot use the store ${dir}: ${messageOf(error)}`, {
      remedy: 'Check the permissions of the directory, or name another with --store DIR.',
      cause: error,
    });
  }
}
