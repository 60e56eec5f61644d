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
  readonly files: readonly NamedFile[];
  /** The one file that may be written. */
  readonly writable: string | undefined;
  /** The folders whose files may be read. */
  readonly folders: readonly string[];
  /** The kind of the stored object with a name; undefined when the store has none. */
  readonly kindOf: (name: string) => string | undefined;
}

/** The settings of a sandbox that no statement can change. */
export interface LockedSettings {
  readonly timezone: string;
  /** Time zones that {@link Sandbox.inZone} has a connection for as well. */
  readonly otherZones: readonly string[];
  /**
   * True to leave one core to the thread of this process, which reads the journal for DuckDB: with as many DuckDB threads
   * as cores, one of them only spins.
   */
  readonly leavesCore: boolean;
  /** False lets DuckDB return and write rows in any order without ORDER BY. */
  readonly keepsOrder: boolean;
}

/**
 * A DuckDB in memory that can be filled (views, table functions) until it is locked. It reads and writes no file but those
 * in its options, and uses no network.
 */
export class Sandbox {
  readonly #engine: Engine;
  readonly #zones = new Map<string, DuckDBConnection>();
  #timezone = 'UTC';
  #locked: LockedSettings | undefined;

  private constructor(engine: Engine) {
    this.#engine = engine;
  }

  get connection(): DuckDBConnection {
    return this.#engine.connection;
  }

  /** The connection whose time zone is the one named; undefined for one that {@link lock} was not given. */
  inZone(timezone: string): DuckDBConnection | undefined {
    return timezone === this.#timezone ? this.connection : this.#zones.get(timezone);
  }

  /**
   * Makes a sandbox of an engine, which it closes.
   * @throws TelemetryError `failure` for a file that is not a table, or whose name is taken.
   */
  static async open(engine: Engine, options: SandboxOptions): Promise<Sandbox> {
    try {
      await setTimeZone(engine.connection, 'UTC');
      await confine(engine.connection, options);
      return new Sandbox(engine);
    } catch (error) {
      engine.close();
      throw error;
    }
  }

  /** True when these are its settings, or can still be. */
  allows({ timezone, otherZones, leavesCore, keepsOrder }: LockedSettings): boolean {
    const locked = this.#locked;
    if (locked === undefined) return true;
    const isSame = leavesCore === locked.leavesCore && keepsOrder === locked.keepsOrder;
    return isSame && timezone === locked.timezone && otherZones.every(zone => this.inZone(zone) !== undefined);
  }

  /**
   * Locks the sandbox, unless it is: from now on no setting changes.
   * @throws TelemetryError `usage` for an unknown time zone.
   */
  async lock(settings: LockedSettings): Promise<void> {
    if (this.#locked) return;
    this.#locked = settings;
    await this.#setTimeZones(settings);
    const threads = settings.leavesCore ? Math.max(1, THREADS - 1) : THREADS;
    // One call, since each takes some 0.7 ms for which a question waits.
    await this.connection.run(
      `set threads = ${threads};
       set preserve_insertion_order = ${settings.keepsOrder};
       set lock_configuration = true`,
    );
  }

  async #setTimeZones({ timezone, otherZones }: LockedSettings): Promise<void> {
    if (timezone !== this.#timezone) await setTimeZone(this.connection, timezone);
    this.#timezone = timezone;
    for (const zone of otherZones) {
      if (this.inZone(zone)) continue;
      const connection = await this.#engine.connect();
      await setTimeZone(connection, zone);
      this.#zones.set(zone, connection);
    }
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

/** Leaves DuckDB no file but those in the options, and adds these as tables. */
async function confine(connection: DuckDBConnection, options: SandboxOptions): Promise<void> {
  const { files, writable, folders, kindOf } = options;
  const allowed = [...files.map(({ file }) => file), ...(writable === undefined ? [] : [writable])].map(file =>
    resolve(file),
  );
  // The cache of files would fill the memory, and the system keeps them as well.
  await connection.run(
    `set enable_external_file_cache = false;
     set allowed_paths = [${allowed.map(quoteText).join(', ')}];
     set allowed_directories = [${folders.map(folder => quoteText(resolve(folder))).join(', ')}];
     set enable_external_access = false`,
  );
  for (const { name, file } of files) {
    const kind = RESERVED_NAMES.has(name.toLowerCase()) ? 'view' : kindOf(name);
    if (kind !== undefined) throw nameTaken(name, file, kind);
    await addFile(connection, name, resolve(file));
  }
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
