import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { messageOf, TelemetryError } from '../../../../core/errors.js';
import { pause } from '../../../../core/sleep.js';
import { lockFile } from '../../../locks/file-lock.js';
import { quoteText } from '../../../sql/text.js';

/** The database of a store, relative to it. The name of a segment in it has the segment's number after a `#`. */
export const DATABASE_FILE = join('archive', 'events.duckdb');

/** What the database is called where it is attached. */
export const ATTACHED = 'archive';

/** The table of all events in it. */
export const TABLE = `${ATTACHED}.main.events`;

/** How often to try again while another process has the database. */
const TRY_AGAIN_MS = 10;

/** A query lets a writer that waits go first, for so long: one that cannot begin would wait for the next query, too. */
const GIVE_WAY_MS = 500;

/** How long a query waits for a write to end: writes are cut into parts of a second or so. */
const PATIENCE_MS = 60_000;

/** How DuckDB says that another process has the database. */
const IS_HELD = /Could not set lock on file|Conflicting lock is held/;

/** The lock of whoever writes to the database or waits for it. */
function turnstile(dir: string): string {
  return join(dir, 'database.lock');
}

/**
 * Attaches the store's database for reading. While it is attached no one can write to it, so detach it soon.
 * @throws TelemetryError `failure` when a writer does not let go of it.
 */
export async function attachForReading(connection: DuckDBConnection, dir: string): Promise<void> {
  const start = performance.now();
  while (performance.now() - start < GIVE_WAY_MS && hasWriter(dir)) await pause(TRY_AGAIN_MS);
  while (!(await tryAttach(connection, join(dir, DATABASE_FILE), '(read_only)'))) {
    if (performance.now() - start > PATIENCE_MS) {
      throw new TelemetryError('failure', `another process keeps ${join(dir, DATABASE_FILE)} to itself`, {
        remedy: 'End the program that has it open for writing.',
      });
    }
    await pause(TRY_AGAIN_MS);
  }
}

/**
 * Has the store's database attached for writing while some work is done. Waits for the queries that read it; on disk
 * when this resolves.
 * @throws the signal's reason when it aborts before the database could be had; what the work throws.
 */
export async function withDatabase<T>(
  connection: DuckDBConnection,
  dir: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const release = lockFile(turnstile(dir));
  try {
    while (!(await tryAttach(connection, join(dir, DATABASE_FILE), ''))) {
      signal?.throwIfAborted();
      await pause(TRY_AGAIN_MS, signal);
    }
    try {
      const result = await work();
      await connection.run(`checkpoint ${ATTACHED}`);
      return result;
    } finally {
      await connection.run(`detach ${ATTACHED}`);
    }
  } finally {
    release?.();
  }
}

async function tryAttach(connection: DuckDBConnection, file: string, options: string): Promise<boolean> {
  try {
    await connection.run(`attach ${quoteText(file)} as ${ATTACHED} ${options}`);
    return true;
  } catch (error) {
    if (IS_HELD.test(messageOf(error))) return false;
    throw error;
  }
}

function hasWriter(dir: string): boolean {
  if (!existsSync(turnstile(dir))) return false;
  const release = lockFile(turnstile(dir));
  release?.();
  return release === undefined;
}
