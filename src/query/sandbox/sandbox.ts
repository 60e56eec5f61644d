import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { messageOf, TelemetryError } from '../../core/errors.js';
import { isDiskFull } from '../../core/trouble.js';
import { openDuckDB } from '../../store/archive/open-duckdb.js';
import { quoteName, quoteText } from '../../store/sql/text.js';
import { BUILT_IN_TABLES } from '../sql/built-in-tables.js';
import { fileReader } from '../sql/with-files.js';

const THREADS = availableParallelism();

/** A file that joins in as a table. */
export interface NamedFile {
  readonly name: string;
  readonly file: string;
}

export interface CageOptions {
  readonly timezone: string;
  readonly files: readonly NamedFile[];
  /** The one file that may be written. */
  readonly writable: string | undefined;
  /** The folder whose files may be read. */
  readonly folder: string;
  /** What DuckDB may hold before it uses temporary files, in bytes. */
  readonly memory: number;
}

export interface Cage {
  readonly connection: DuckDBConnection;
  /**
   * Leaves one core to this process's own thread, which reads the journal for DuckDB: with as many threads as cores, one
   * of them only spins. Before the lock.
   */
  leaveCore(): Promise<void>;
  /** Locks the cage: no setting changes after it, no file but those named is read or written, nothing goes over the network. */
  lock(): Promise<void>;
  close(): void;
}

/** A DuckDB in memory, which can be filled (views, table functions) until it is locked. */
export async function openCage(options: CageOptions): Promise<Cage> {
  const { timezone, memory } = options;
  const temporary = temporaryFolder();
  const remove = (): void => {
    if (temporary !== '') rmSync(temporary, { recursive: true, force: true });
  };
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
    await setTimeZone(connection, timezone);
    // A query binds its files more than once; segments never change.
    await connection.run('set parquet_metadata_cache = true');
    return {
      connection,
      async leaveCore() {
        await connection.run(`set threads = ${Math.max(1, THREADS - 1)}`);
      },
      lock: () => lock(connection, options),
      close() {
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

/** Empty on a full disk: what does not need temporary files is answered all the same. */
function temporaryFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'telemetry-query-'));
  } catch (error) {
    if (isDiskFull(error)) return '';
    throw error;
  }
}

async function setTimeZone(connection: DuckDBConnection, timezone: string): Promise<void> {
  try {
    await connection.run(`set TimeZone = ${quoteText(timezone)}`);
  } catch (error) {
    throw new TelemetryError('usage', `"${timezone}" is not a time zone`, {
      remedy: 'Name one of the IANA database, such as Europe/Berlin, or UTC.',
      cause: error,
    });
  }
}

async function lock(connection: DuckDBConnection, { files, writable, folder }: CageOptions): Promise<void> {
  const allowed = [...files.map(({ file }) => file), ...(writable === undefined ? [] : [writable])].map(file =>
    resolve(file),
  );
  await connection.run(`set allowed_paths = [${allowed.map(quoteText).join(', ')}]`);
  await connection.run(`set allowed_directories = [${quoteText(resolve(folder))}]`);
  await connection.run('set enable_external_access = false');
  for (const { name, file } of files) await addFile(connection, name, resolve(file));
  await connection.run('set lock_configuration = true');
}

async function addFile(connection: DuckDBConnection, name: string, file: string): Promise<void> {
  if (BUILT_IN_TABLES.has(name.toLowerCase())) {
    throw new TelemetryError('failure', `--with ${name}=${file}: ${name} is the name of a view of the store`, {
      remedy: 'Give the file another name.',
    });
  }
  try {
    // A pipe gives its rows once, to whoever reads first.
    const kind = isPlainFile(file) ? 'view' : 'table';
    await connection.run(`create ${kind} ${quoteName(name)} as select * from ${fileReader(file)}`);
  } catch (error) {
    throw new TelemetryError('failure', `cannot read ${file} as the table ${name}: ${withoutSql(messageOf(error))}`, {
      remedy: 'Give --with name=FILE a CSV, JSON, NDJSON or Parquet file and a name that is not taken.',
      cause: error,
    });
  }
}

function isPlainFile(file: string): boolean {
  const stats = statSync(file);
  if (stats.isDirectory()) throw new Error('it is a directory');
  return stats.isFile();
}

/** DuckDB's message without the line of our own SQL that it quotes. */
function withoutSql(message: string): string {
  return message.replace(/\n\nLINE \d+:[^]*/, '');
}
