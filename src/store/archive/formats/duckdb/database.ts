import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { messageOf, TelemetryError } from '../../../../core/errors.js';
import { pause } from '../../../../core/sleep.js';
import { lockFile } from '../../../locks/file-lock.js';
import { quoteText } from '../../../sql/text.js';

/**
 * The database of a store, relative to its directory. The file name of a segment in it adds `#` and the segment's
 * number.
 */
export const DATABASE_FILE = join('archive', 'events.duckdb');

/** The database's name while it is attached. */
export const ATTACHED = 'archive';

/** The table of all events in it. */
export const TABLE = `${ATTACHED}.main.events`;

/** Interval in milliseconds between attempts while another process has the database open. */
const TRY_AGAIN_MS = 10;

/**
 * Time in milliseconds for which a query lets a waiting writer go first. A writer that cannot start would wait for the
 * next query too.
 */
const GIVE_WAY_MS = 500;

/** Most time in milliseconds that a query waits for a write. A write is split into parts of about a second. */
const PATIENCE_MS = 60_000;

/** DuckDB's message when another process has the database open. */
const IS_HELD = /Could not set lock on file|Conflicting lock is held/;

/** A lock file held by the process that writes to the database or waits to write. Queries wait for it. */
function turnstile(dir: string): string {
  return join(dir, 'database.lock');
}

/**
 * Attaches the store's database for reading. It blocks writers while it is attached, so detach it soon.
 * @throws TelemetryError `failure` when a writer keeps it open.
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
 * Runs `work` with the store's database attached for writing, after the queries that read it have ended. Its changes
 * are on disk when this resolves.
 * @throws the signal's reason when it aborts before the database is free; the error of `work`.
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
