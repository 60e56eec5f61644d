import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { isDiskFull } from '../../core/trouble.js';
import { openDuckDB } from '../../store/archive/open-duckdb.js';

/** DuckDB's threads: as many as cores. */
export const THREADS = availableParallelism();

/** A DuckDB in memory that holds nothing yet, with a temporary directory. */
export interface Engine {
  readonly connection: DuckDBConnection;
  /** Another connection to the same database, with settings of its session. It closes with the engine. */
  connect(): Promise<DuckDBConnection>;
  close(): void;
}

/**
 * Opens an engine. Its temporary directory goes with it or with the process.
 * @param memory bytes that it fills before it uses temporary files.
 */
export async function openEngine(memory: number): Promise<Engine> {
  const temporary = temporaryFolder();
  const remove = (): void => {
    if (temporary !== '') rmSync(temporary, { recursive: true, force: true });
  };
  allowAnotherListener();
  process.once('exit', remove);
  const removeNow = (): void => {
    process.removeListener('exit', remove);
    remove();
  };
  try {
    const instance = await openDuckDB(':memory:', {
      threads: String(THREADS),
      memory_limit: `${Math.ceil(memory / 1024 / 1024)}MiB`,
      temp_directory: temporary,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      allow_community_extensions: 'false',
    });
    const connection = await instance.connect();
    // A query binds its files more than once; segments never change.
    await connection.run('set parquet_metadata_cache = true');
    const others: DuckDBConnection[] = [];
    return {
      connection,
      async connect() {
        const other = await instance.connect();
        others.push(other);
        return other;
      },
      close() {
        for (const other of others) other.closeSync();
        connection.closeSync();
        instance.closeSync();
        removeNow();
      },
    };
  } catch (error) {
    removeNow();
    throw error;
  }
}

/** Each open engine listens for the end of the process, and a process that follows tails has many. */
function allowAnotherListener(): void {
  const most = process.getMaxListeners();
  if (most > 0 && process.listenerCount('exit') >= most) process.setMaxListeners(most + 1);
}

/** Creates a temporary directory. Returns an empty text on a full disk: most queries need no temporary files. */
function temporaryFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'telemetry-query-'));
  } catch (error) {
    if (isDiskFull(error)) return '';
    throw error;
  }
}
