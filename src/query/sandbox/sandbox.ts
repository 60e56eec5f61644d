import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { messageOf, TelemetryError } from '../../core/errors.js';
import { quoteName, quoteText } from '../../store/sql/text.js';
import { RESERVED_NAMES } from '../named-views/built-in.js';
import { fileReader } from '../sql/with-files.js';
import { THREADS, type Engine } from './engine.js';

/** A file that a query sees as a table. */
export interface NamedFile {
  readonly name: string;
  readonly file: string;
}

export interface SandboxOptions {
  readonly timezone: string;
  readonly files: readonly NamedFile[];
  /** The one file that may be written. */
  readonly writable: string | undefined;
  /** The folders whose files may be read. */
  readonly folders: readonly string[];
  /** Time zones, apart from `timezone`, that {@link Sandbox.inZone} has a connection for. */
  readonly otherZones: readonly string[];
  /** The kind of the stored object with a name; undefined when the store has none. */
  readonly kindOf: (name: string) => string | undefined;
}

/** A DuckDB in memory that can be filled (views, table functions) until it is locked. */
export class Sandbox {
  readonly #engine: Engine;
  readonly #zones = new Map<string, DuckDBConnection>();
  readonly #options: SandboxOptions;

  private constructor(engine: Engine, options: SandboxOptions) {
    this.#engine = engine;
    this.#options = options;
  }

  get connection(): DuckDBConnection {
    return this.#engine.connection;
  }

  /** The connection whose time zone is the one named; undefined for a zone that the options do not name. */
  inZone(timezone: string): DuckDBConnection | undefined {
    return timezone === this.#options.timezone ? this.connection : this.#zones.get(timezone);
  }

  /** Makes a sandbox of an engine, which it closes. @throws TelemetryError `usage` for an unknown time zone. */
  static async open(engine: Engine, options: SandboxOptions): Promise<Sandbox> {
    try {
      await setTimeZone(engine.connection, options.timezone);
      const sandbox = new Sandbox(engine, options);
      for (const zone of options.otherZones) {
        const connection = await engine.connect();
        await setTimeZone(connection, zone);
        sandbox.#zones.set(zone, connection);
      }
      return sandbox;
    } catch (error) {
      engine.close();
      throw error;
    }
  }

  /**
   * Leaves one core to the thread of this process, which reads the journal for DuckDB: with as many DuckDB threads as
   * cores, one of them only spins. Call it before {@link lock}.
   */
  async leaveCore(): Promise<void> {
    await this.connection.run(`set threads = ${Math.max(1, THREADS - 1)}`);
  }

  /**
   * Locks the sandbox: from now on no setting changes, no file but those in the options is read or written, and DuckDB
   * uses no network.
   * @throws TelemetryError `failure` for a file that is not a table, or whose name is taken.
   */
  async lock(): Promise<void> {
    await lock(this.connection, this.#options);
  }

  close(): void {
    this.#engine.close();
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

async function lock(connection: DuckDBConnection, { files, writable, folders, kindOf }: SandboxOptions): Promise<void> {
  const allowed = [...files.map(({ file }) => file), ...(writable === undefined ? [] : [writable])].map(file =>
    resolve(file),
  );
  // One call, since each takes some 0.7 ms for which a question waits.
  await connection.run(
    `set allowed_paths = [${allowed.map(quoteText).join(', ')}];
     set allowed_directories = [${folders.map(folder => quoteText(resolve(folder))).join(', ')}];
     set enable_external_access = false`,
  );
  for (const { name, file } of files) {
    const kind = RESERVED_NAMES.has(name.toLowerCase()) ? 'view' : kindOf(name);
    if (kind !== undefined) throw nameTaken(name, file, kind);
    await addFile(connection, name, resolve(file));
  }
  await connection.run('set lock_configuration = true');
}

async function addFile(connection: DuckDBConnection, name: string, file: string): Promise<void> {
  try {
    // A pipe can be read only once.
    const kind = isPlainFile(file) ? 'view' : 'table';
    await connection.run(`create ${kind} ${quoteName(name)} as select * from ${fileReader(file)}`);
  } catch (error) {
    throw new TelemetryError('failure', `cannot read ${file} as the table ${name}: ${withoutSql(messageOf(error))}`, {
      remedy: 'Give --with name=FILE a CSV, JSON, NDJSON or Parquet file and a name that is not taken.',
      cause: error,
    });
  }
}

function nameTaken(name: string, file: string, kind: string): TelemetryError {
  const owner = /^[aeiou]/.test(kind) ? `an ${kind}` : `a ${kind}`;
  return new TelemetryError('failure', `--with ${name}=${file}: ${name} is the name of ${owner} of the store`, {
    remedy: 'Give the file another name.',
  });
}

function isPlainFile(file: string): boolean {
  const stats = statSync(file);
  if (stats.isDirectory()) throw new Error('it is a directory');
  return stats.isFile();
}

/** DuckDB's message without the line of our SQL that it quotes. */
function withoutSql(message: string): string {
  return message.replace(/\n\nLINE \d+:[^]*/, '');
}
