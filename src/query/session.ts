import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { CUBE_FOLDER } from '../store/catalog/cubes.js';
import type { StoredObject } from '../store/catalog/objects.js';
import { queryFilesNamed } from '../store/catalog/query-files.js';
import type { CubeDefinition } from './cubes/definition.js';
import { archiveFolder } from '../store/archive/files.js';
import { textFunction } from '../store/archive/functions.js';
import type { Attribute } from '../core/attribute.js';
import type { Micros } from '../core/duration.js';
import { openReader, type JournalReader } from '../store/journal/reader.js';
import type { ChangeObjects } from './named-views/named-views.js';
import type { Result } from '../core/result.js';
import { Sandbox, type NamedFile } from './sandbox/sandbox.js';
import { openEngine, type EngineSource } from './sandbox/engine.js';
import { usualQueryMemory } from './sandbox/memory-limit.js';
import { RESERVED_NAMES } from './named-views/built-in.js';
import { storedViewSql } from './named-views/named-views.js';
import { LiveView } from './view/live-view.js';
import type { ReadPlan } from './view/read-plan.js';
import type { OnDamaged } from './view/segment-health.js';
import type { BoundsBy } from './view/range.js';
import { takeSnapshot } from './view/snapshot.js';
import { rowsOf } from './result/rows.js';
import type { CopyOptions } from './statement/copy-rows.js';
import { Runner, type Bound, type MovedBounds, type Refreshed } from './statement/runner.js';
import { sealedDatabase, type SealedDatabase } from './sandbox/sealed-database.js';
import type { Parameters } from './sql/parameters.js';
import type { TimeStyle } from './result/timestamps.js';

export interface SessionOptions {
  /** The store's directory. */
  readonly dir: string;
  /** Events of this time or later. */
  readonly since?: Micros | undefined;
  /** Events before this time. */
  readonly until?: Micros | undefined;
  /** The time that `since` and `until` bound. Default `time`: when the event happened. */
  readonly by?: BoundsBy;
  /** Events whose id is this or higher. */
  readonly fromId?: number;
  /** Events whose id is this or lower. */
  readonly toId?: number;
  /** An IANA time zone, for SQL's date functions and for printed times. Default `UTC`. */
  readonly timezone?: string;
  /** Default `iso`. */
  readonly timeStyle?: TimeStyle;
  /** Files that a query sees as tables. */
  readonly files?: readonly NamedFile[];
  /** The one file that may be written, by {@link Session.copyTo}. */
  readonly writable?: string;
  /** The one folder whose files may be written and read, by {@link Session.copyTo} and {@link Session.execute}. */
  readonly writableFolder?: string | undefined;
  /** False lets DuckDB return and write rows in any order without ORDER BY, which takes less memory. Default true. */
  readonly keepsOrder?: boolean;
  /** False leaves `payload` NULL where an event is rebuilt from columns, for queries that do not need it. Default true. */
  readonly rebuildsPayload?: boolean;
  /** A function of two texts that statements can call, by name. */
  readonly textFunction?: { readonly name: string; readonly compute: (a: string, b: string) => string };
  /** Changes the stored objects that the session sees, to try a definition before it is stored. */
  readonly objects?: ChangeObjects | undefined;
  /** Memory, in bytes, that a query fills before it uses temporary files. Default: {@link usualQueryMemory}. */
  readonly memory?: number | undefined;
  /** The source of the DuckDB, which then decides on the memory; by default one is opened. */
  readonly engines?: EngineSource | undefined;
  /** True to use all cores also where many events are in the journal: for work that reads segments for the most part. */
  readonly usesAllCores?: boolean;
  /** Aborts the query under way, which then throws the abort reason if that is a TelemetryError. */
  readonly signal?: AbortSignal;
  /** Called for each segment whose events are missing from the answers because its file is damaged. */
  readonly onDamaged?: OnDamaged | undefined;
}

/**
 * With more ids in the journal than this, DuckDB leaves a core to the thread that reads them, for tens of milliseconds.
 * Ids, since counting the rows reads them all.
 */
const MIN_IDS_TO_LEAVE_CORE = 10_000;

interface SessionParts {
  readonly reader: JournalReader;
  readonly sandbox: Sandbox;
  readonly database: SealedDatabase;
  readonly view: LiveView;
  readonly runner: Runner;
}

/** A sandboxed DuckDB over one store. It runs one query at a time. */
export class Session {
  readonly #parts: SessionParts;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  /** The attributes that are columns of `events`, as of the last {@link refresh} or query. */
  get attributes(): readonly Attribute[] {
    return this.#parts.view.attributes;
  }

  /** The same, and the keys that core columns are read from by their own names. */
  get registered(): readonly Attribute[] {
    return this.#parts.view.registered;
  }

  /** The stored objects of this moment, as the session sees them. */
  get objects(): readonly StoredObject[] {
    return this.#parts.view.objects;
  }

  /** The names of all tables and views that a statement can read. */
  get tables(): readonly string[] {
    const stored = this.#parts.view.objects.filter(object => storedViewSql(object) !== undefined);
    return [...RESERVED_NAMES, ...stored.map(({ name }) => name)];
  }

  /** The segments that the last query could read, and those that it skipped. */
  get plan(): ReadPlan {
    return this.#parts.view.rows.plan;
  }

  /** True when events of the journal may be in the bounds. */
  get showsJournal(): boolean {
    return this.#parts.view.rows.showsJournal;
  }

  /** See {@link Runner.query}. */
  query(sql: string, parameters?: Parameters, limit?: number): Promise<Result> {
    return this.#parts.runner.query(sql, parameters, limit);
  }

  /** See {@link Runner.check}. */
  check(sql: string): Promise<Bound> {
    return this.#parts.runner.check(sql);
  }

  /**
   * Writes a query's rows to {@link SessionOptions.writable}, or to a file in `writableFolder`; see {@link Runner.copyTo}.
   */
  copyTo(file: string, sql: string, options?: CopyOptions): Promise<number> {
    return this.#parts.runner.copyTo(file, sql, options);
  }

  /** See {@link Runner.insertInto}. */
  insertInto(table: string, sql: string): Promise<number> {
    return this.#parts.runner.insertInto(table, sql);
  }

  /** See {@link Runner.execute}. */
  execute(sql: string): Promise<void> {
    return this.#parts.runner.execute(sql);
  }

  /** See {@link Runner.refresh}. */
  refresh(bounds?: MovedBounds): Promise<Refreshed> {
    return this.#parts.runner.refresh(bounds);
  }

  /** Returns the number of events outside of the bounds in time when no event is within, else 0. */
  async countOutside(): Promise<number> {
    const within = await rowsOf(await this.query('select 1 from events limit 1'));
    if (within.length > 0) return 0;
    const { segments, skipped, journal } = this.plan;
    return [...segments, ...skipped].reduce((sum, { events }) => sum + events, journal.rows);
  }

  close(): void {
    const { runner, reader, database, sandbox } = this.#parts;
    runner.stop();
    reader.close();
    const settling = database.settled();
    if (settling) void settling.finally(() => sandbox.close());
    else sandbox.close();
  }
}

/**
 * Opens a session over the store at `dir`.
 * @throws TelemetryError `noStore`, `failure` for a store or a file that cannot be read, `usage` for an unknown time zone.
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { dir, timezone = 'UTC', files = [], writable, writableFolder, engines } = options;
  const { memory = usualQueryMemory() } = options;
  const reader = openReader(dir);
  try {
    const objects = reader.objects();
    const engine = await (engines?.take() ?? openEngine(memory));
    const sandbox = await Sandbox.open(engine, {
      timezone,
      files,
      writable,
      folders: [archiveFolder(dir), join(dir, CUBE_FOLDER), ...(writableFolder === undefined ? [] : [writableFolder])],
      otherZones: zonesOf(objects).filter(zone => zone !== timezone),
      kindOf: name =>
        objects.find(object => object.name.toLowerCase() === name.toLowerCase())?.kind ??
        (queryFilesNamed(dir, name).length > 0 ? 'saved query' : undefined),
    });
    try {
      return await openIn(sandbox, reader, options);
    } catch (error) {
      sandbox.close();
      throw error;
    }
  } catch (error) {
    reader.close();
    throw error;
  }
}

/** The time zones of cubes. */
function zonesOf(objects: readonly StoredObject[]): string[] {
  const cubes = objects.filter(({ kind }) => kind === 'cube');
  return [...new Set(cubes.map(({ definition }) => (definition as CubeDefinition).timezone))];
}

/** Fills the sandbox with the views of the store, then locks it. */
async function openIn(sandbox: Sandbox, reader: JournalReader, options: SessionOptions): Promise<Session> {
  const { dir, timezone = 'UTC', timeStyle = 'iso', onDamaged, rebuildsPayload, objects, signal } = options;
  const { connection } = sandbox;
  const { textFunction: own } = options;
  if (own) connection.registerScalarFunction(textFunction(own.name, 2, own.compute));
  const database = sealedDatabase(connection, dir);
  const snapshot = takeSnapshot(reader, dir, () => reader.sealedId() > 0);
  let view: LiveView;
  try {
    const inZone = (zone: string): DuckDBConnection | undefined => sandbox.inZone(zone);
    const source = { dir, reader, connection, database, inZone, range: options, onDamaged, rebuildsPayload, objects };
    view = await LiveView.open(source);
  } finally {
    database.detach();
    snapshot.end();
  }
  await database.settled();
  const { afterId, upToId } = view.rows.span;
  if (options.usesAllCores !== true && upToId - afterId > MIN_IDS_TO_LEAVE_CORE) await sandbox.leaveCore();
  if (options.keepsOrder === false) await connection.run('set preserve_insertion_order = false');
  await sandbox.lock();
  const style = { timezone, time: timeStyle };
  const runner = new Runner({ dir, reader, view, connection, database, style, signal });
  return new Session({ reader, sandbox, database, view, runner });
}
