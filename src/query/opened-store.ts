import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Micros } from '../core/duration.js';
import { archiveFolder } from '../store/archive/files.js';
import { textFunction } from '../store/archive/functions.js';
import { CUBE_FOLDER } from '../store/catalog/cubes.js';
import type { StoredObject } from '../store/catalog/objects.js';
import { queryFilesNamed } from '../store/catalog/query-files.js';
import { openReader, type JournalReader } from '../store/journal/reader.js';
import type { CubeDefinition } from './cubes/definition.js';
import type { ChangeObjects } from './named-views/named-views.js';
import type { TimeStyle } from './result/timestamps.js';
import type { Engine } from './sandbox/engine.js';
import { Sandbox, type LockedSettings, type NamedFile } from './sandbox/sandbox.js';
import { sealedDatabase, type SealedDatabase } from './sandbox/sealed-database.js';
import { ownFunctions } from './sql/own-functions.js';
import { Runner } from './statement/runner.js';
import { LiveView } from './view/live-view.js';
import type { BoundsBy } from './view/range.js';
import type { OnDamaged } from './view/segment-health.js';
import { takeSnapshot } from './view/snapshot.js';

/** The part of a store that a session shows, and how. */
export interface StoreOptions {
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

/** The damage that a view finds, and the function that reports it. */
interface Damage {
  report: OnDamaged;
  isFound: boolean;
}

interface Parts {
  readonly reader: JournalReader;
  readonly sandbox: Sandbox;
  readonly database: SealedDatabase;
  readonly view: LiveView;
  readonly damage: Damage;
  /** Defines the functions of this program that a statement calls. */
  readonly defineFunctions: (sql: string) => Promise<void>;
}

/** A store that is open for reading, with its views in a sandbox: a session before its first statement. */
export class OpenedStore {
  readonly dir: string;
  readonly view: LiveView;
  readonly #parts: Parts;

  private constructor(dir: string, parts: Parts) {
    this.dir = dir;
    this.view = parts.view;
    this.#parts = parts;
  }

  /**
   * Opens a store with a session's options. The engine closes with it.
   * @throws TelemetryError `noStore`, `failure` for a store or a file that cannot be read, `usage` for an unknown time zone.
   */
  static async open(options: StoreOptions, openEngine: () => Promise<Engine>): Promise<OpenedStore> {
    const { dir, files = [], writable, writableFolder } = options;
    const reader = openReader(dir);
    try {
      const objects = reader.objects();
      const sandbox = await Sandbox.open(await openEngine(), {
        files,
        writable,
        folders: [
          archiveFolder(dir),
          join(dir, CUBE_FOLDER),
          ...(writableFolder === undefined ? [] : [writableFolder]),
        ],
        kindOf: name =>
          objects.find(object => object.name.toLowerCase() === name.toLowerCase())?.kind ??
          (queryFilesNamed(dir, name).length > 0 ? 'saved query' : undefined),
      });
      try {
        const database = sealedDatabase(sandbox.connection, dir);
        const damage = { report: options.onDamaged ?? (() => undefined), isFound: false };
        const view = await openView(options, { reader, sandbox, database, damage });
        const defineFunctions = ownFunctions(sandbox.connection);
        return new OpenedStore(dir, { reader, sandbox, database, view, damage, defineFunctions });
      } catch (error) {
        sandbox.close();
        throw error;
      }
    } catch (error) {
      reader.close();
      throw error;
    }
  }

  /** True when nothing remains of the statements of a session: its view shows no more than that of a new one. */
  get isClean(): boolean {
    const { view, damage } = this.#parts;
    return !damage.isFound && view.isPlain;
  }

  /**
   * Fits a store that was opened without options, or that a session has left clean, to a session's options.
   * @param options not those of {@link needsOwnSandbox}.
   * @returns false where another store has to be opened: for other settings than the locked ones, and after damage was
   *   found, which each session reports.
   */
  async fit(options: StoreOptions): Promise<boolean> {
    const { sandbox, view, damage } = this.#parts;
    if (!this.isClean || options.dir !== this.dir) return false;
    damage.report = options.onDamaged ?? (() => undefined);
    if (view.move(options, options.rebuildsPayload)) await this.#refresh();
    return sandbox.allows(this.#settingsOf(options));
  }

  async #refresh(): Promise<void> {
    const { reader, database, view } = this.#parts;
    const snapshot = takeSnapshot(reader, this.dir, () => view.needsSegments());
    try {
      await view.refresh();
    } finally {
      database.detach();
      snapshot.end();
    }
    await database.settled();
  }

  /**
   * Locks the sandbox with the settings of a session's options.
   * @throws TelemetryError `usage` for an unknown time zone.
   */
  lock(options: StoreOptions): Promise<void> {
    return this.#parts.sandbox.lock(this.#settingsOf(options));
  }

  #settingsOf({ timezone = 'UTC', usesAllCores = false, keepsOrder = true }: StoreOptions): LockedSettings {
    const { reader, view } = this.#parts;
    const { afterId, upToId } = view.rows.span;
    const leavesCore = !usesAllCores && upToId - afterId > MIN_IDS_TO_LEAVE_CORE;
    return { timezone, otherZones: zonesOf(reader.objects()), leavesCore, keepsOrder };
  }

  /** A runner of statements. */
  runner({ timezone = 'UTC', timeStyle = 'iso', signal }: StoreOptions): Runner {
    const { sandbox, ...parts } = this.#parts;
    const style = { timezone, time: timeStyle };
    return new Runner({ ...parts, dir: this.dir, connection: sandbox.connection, style, signal });
  }

  close(): void {
    const { reader, database, sandbox } = this.#parts;
    reader.close();
    const settling = database.settled();
    if (settling) void settling.finally(() => sandbox.close());
    else sandbox.close();
  }
}

/** True for options that a sandbox has to be made for. */
export function needsOwnSandbox({
  files = [],
  writable,
  writableFolder,
  textFunction: own,
  objects,
}: StoreOptions): boolean {
  return [files[0], writable, writableFolder, own, objects].some(option => option !== undefined);
}

/** The time zones of cubes. */
function zonesOf(objects: readonly StoredObject[]): string[] {
  const cubes = objects.filter(({ kind }) => kind === 'cube');
  return [...new Set(cubes.map(({ definition }) => (definition as CubeDefinition).timezone))];
}

/** Fills the sandbox with the views of the store. */
async function openView(options: StoreOptions, parts: Omit<Parts, 'view' | 'defineFunctions'>): Promise<LiveView> {
  const { dir, rebuildsPayload, objects, textFunction: own } = options;
  const { reader, sandbox, database, damage } = parts;
  const { connection } = sandbox;
  if (own) connection.registerScalarFunction(textFunction(own.name, 2, own.compute));
  const onDamaged: OnDamaged = (segment, problem) => {
    damage.isFound = true;
    damage.report(segment, problem);
  };
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
  return view;
}
