import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { archiveFolder } from './files.js';
import { quoteText } from '../sql/text.js';

/** What DuckDB may take while it seals and compacts, unless told otherwise: the server as a whole stays under 500 MB. */
export const DEFAULT_ARCHIVE_MEMORY = 256 * 1024 * 1024;

/** One thread leaves the other cores to the receiver. */
export const DEFAULT_ARCHIVE_THREADS = 1;

/** How much of the machine the archive's work may use. */
export interface EngineOptions {
  /** In bytes. */
  readonly memory?: number;
  readonly threads?: number;
}

/** A DuckDB of the archive's own, which reads and writes segments. */
export interface Engine {
  readonly connection: DuckDBConnection;
  close(): void;
}

/** Opens the engine for the store at `dir`. What does not fit its memory is spilled to a folder of the archive. */
export async function openEngine(
  dir: string,
  { memory = DEFAULT_ARCHIVE_MEMORY, threads = DEFAULT_ARCHIVE_THREADS }: EngineOptions = {},
): Promise<Engine> {
  const spill = join(archiveFolder(dir), `spill-${process.pid}`);
  mkdirSync(spill, { recursive: true, mode: 0o700 });
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(threads),
    memory_limit: `${Math.ceil(memory / 1024 / 1024)}MiB`,
    temp_directory: spill,
    preserve_insertion_order: 'true',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  await connection.run(`set TimeZone = ${quoteText('UTC')}`);
  return {
    connection,
    close() {
      connection.closeSync();
      instance.closeSync();
      rmSync(spill, { recursive: true, force: true });
    },
  };
}
