import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { ArchiveTuning } from '../../core/limits.js';
import { archiveFolder } from './files.js';
import { openDuckDB } from './open-duckdb.js';
import { quoteText } from '../sql/text.js';
import { registerWriting } from './functions.js';

/** Limits of memory and threads for work on the archive. */
export type EngineOptions = Pick<ArchiveTuning, 'memory' | 'threads'>;

/** A DuckDB of the archive's own, which reads and writes segments. */
export interface Engine {
  /** Opens it at the first call. */
  connection(): Promise<DuckDBConnection>;
  /**
   * Raises the memory limit to at least this many bytes: the largest event that the server accepts must be sealed as
   * well.
   */
  makeRoom(bytes: number): Promise<void>;
  /** Doubles the limit of its memory, at most twice. Returns false when it does not. */
  grow(): Promise<boolean>;
  close(): void;
}

/** Maximum number of times that {@link Engine.grow} doubles the memory limit: the rest of the machine is for others. */
const MAX_GROWTH = 2;

interface Opened {
  readonly connection: DuckDBConnection;
  close(): void;
}

/**
 * The engine of the store at `dir`. What does not fit its memory is spilled to a folder of the archive. What it does
 * is interrupted when the signal aborts.
 */
export function createEngine(dir: string, options: EngineOptions, signal: AbortSignal): Engine {
  let opened: Promise<Opened> | undefined;
  let open: Opened | undefined;
  let limit = options.memory;
  const setLimit = async (bytes: number): Promise<void> => {
    limit = bytes;
    await open?.connection.run(`set memory_limit = '${Math.ceil(bytes / 1024 / 1024)}MiB'`);
  };
  const interrupt = (): void => open?.connection.interrupt();
  signal.addEventListener('abort', interrupt);
  return {
    async connection() {
      signal.throwIfAborted();
      opened ??= openEngine(dir, options);
      open = await opened;
      return open.connection;
    },
    async makeRoom(bytes) {
      if (bytes > limit && open) await setLimit(bytes);
    },
    async grow() {
      if (limit > options.memory * MAX_GROWTH) return false;
      await setLimit(2 * limit);
      return true;
    },
    close() {
      signal.removeEventListener('abort', interrupt);
      open?.close();
    },
  };
}

async function openEngine(dir: string, { memory, threads }: EngineOptions): Promise<Opened> {
  const spill = join(archiveFolder(dir), `spill-${process.pid}`);
  mkdirSync(spill, { recursive: true, mode: 0o700 });
  const instance = await openDuckDB(':memory:', {
    threads: String(threads),
    memory_limit: `${Math.ceil(memory / 1024 / 1024)}MiB`,
    temp_directory: spill,
    preserve_insertion_order: 'true',
    // Each file is read once, and the system keeps it as well.
    enable_external_file_cache: 'false',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  registerWriting(connection);
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
