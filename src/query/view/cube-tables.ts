import type { DuckDBConnection } from '@duckdb/node-api';
import { TelemetryError } from '../../core/errors.js';
import {
  readAllBuckets,
  readBuckets,
  readCube,
  type CubeState,
  type TouchedBucket,
} from '../../store/catalog/cubes.js';
import { readRemovals } from '../../store/database/store-identity.js';
import type { JournalReader } from '../../store/journal/reader.js';
import { quoteName } from '../../store/sql/text.js';
import { statementOf, type BucketPlan, type CubeDefinition } from '../cubes/definition.js';
import { changedViews, missingFiles, missingFilesError } from '../cubes/health.js';
import { remainingSql, rowsSql, storedSql, touchedOf, touchedSql, windowsOf } from '../cubes/steps.js';
import type { NamedView } from '../named-views/named-views.js';
import { ownFunctions } from '../sql/own-functions.js';
import type { Range } from './range.js';

/** Parts of the range that the statements about a cube are read with; omitted ones do not bound it. */
export type StepRange = Pick<Range, 'fromId' | 'windows'>;

export interface CubeTablesParts {
  /** The store's directory. */
  readonly dir: string;
  readonly reader: JournalReader;
  readonly connection: DuckDBConnection;
  /** The connection whose time zone is the one named; undefined when the session has none. */
  readonly inZone: (timezone: string) => DuckDBConnection | undefined;
  /** Runs `work` while `events` are those of a range; `bind` puts the values into the view that a statement reads. */
  readonly within: <T>(range: StepRange, work: (bind: (sql: string) => Promise<void>) => Promise<T>) => Promise<T>;
}

/**
 * The rows of cubes as a query sees them: the stored ones, and those of buckets that events past the cursor touch, which
 * are computed for the query. Call it within a snapshot.
 */
export class CubeTables {
  readonly #parts: CubeTablesParts;
  readonly #defineFunctions: (sql: string) => Promise<void>;
  /** Views by the name of their cube, and the version of the store that each fits. */
  readonly #views = new Map<string, { view: NamedView; version: number; table: string | undefined }>();
  #tables = 0;

  constructor(parts: CubeTablesParts) {
    this.#parts = parts;
    this.#defineFunctions = ownFunctions(parts.connection);
  }

  /** Returns a view with the rows of its cube, without rows when it is only listed; any other view as it is. */
  async viewOf(view: NamedView): Promise<NamedView> {
    const { name, cube, isListed } = view;
    if (!cube) return view;
    return isListed ? { ...view, sql: storedSql(this.#parts.dir, cube, []) } : this.#viewOf(name, cube);
  }

  async #viewOf(name: string, cube: CubeDefinition): Promise<NamedView> {
    const { reader, dir, connection } = this.#parts;
    const version = reader.version();
    const last = this.#views.get(name);
    if (last?.version === version) return last.view;
    const state = reader.catalog(db => readCube(db, name));
    const problem = missingFilesError(name, missingFiles(dir, state.files));
    if (problem) return { name, cube, sql: storedSql(dir, cube, []), problem };
    const isStale = changedViews(cube, reader.objects()).length > 0;
    const { sql, table } =
      cube.plan === undefined
        ? await this.#whole(cube, state, isStale)
        : await this.#byBucket(name, cube, cube.plan, state, isStale);
    if (last?.table !== undefined) await connection.run(`drop table if exists ${quoteName(last.table)}`);
    const view = { name, cube, sql: sql ?? storedSql(dir, cube, state.files) };
    this.#views.set(name, { view, version, table });
    return view;
  }

  /** A cube without a plan: computed as a whole when any event came or went since. */
  async #whole(cube: CubeDefinition, state: CubeState, isStale: boolean): Promise<Live> {
    const { reader } = this.#parts;
    const isCurrent =
      !isStale &&
      state.refreshedAt !== null &&
      state.cursorId === reader.lastId() &&
      state.removals === reader.catalog(readRemovals);
    if (isCurrent) return {};
    const table = await this.#compute(cube, {}, statementOf(cube));
    return { sql: `select * from ${quoteName(table)}`, table };
  }

  /** A cube with a plan: the touched buckets are computed, and of a stale cube all that are not frozen. */
  async #byBucket(
    name: string,
    cube: CubeDefinition,
    plan: BucketPlan,
    stored: CubeState,
    isStale: boolean,
  ): Promise<Live> {
    const { reader, dir } = this.#parts;
    const removals = reader.catalog(readRemovals);
    const state = isStale ? { ...stored, cursorId: 0, touched: [], removals } : stored;
    if (state.refreshedAt === null && state.files.length === 0 && state.cursorId === 0) {
      const table = await this.#compute(cube, {}, statementOf(cube));
      return { sql: `select * from ${quoteName(table)}`, table };
    }
    const pending = await this.#pending(name, cube, plan, state);
    const outdated = isStale ? reader.catalog(db => readAllBuckets(db, name, ['live'])) : [];
    if (pending.length === 0 && outdated.length === 0) return {};
    const keys = pending.map(({ bucket }) => bucket);
    const before = reader.catalog(db => readBuckets(db, name, keys));
    const range = isStale ? {} : { windows: windowsOf(pending, before) };
    const table = await this.#compute(cube, range, rowsSql(plan, keys));
    const without = [...keys, ...outdated.map(({ bucket }) => bucket)];
    const sql = `${storedSql(dir, cube, state.files, without)}\nunion all\nselect * from ${quoteName(table)}`;
    return { sql, table };
  }

  /** The buckets that have to be computed: neither frozen nor past their age, and with all of their events. */
  async #pending(
    name: string,
    cube: CubeDefinition,
    plan: BucketPlan,
    { cursorId, keptFrom, touched, removals }: CubeState,
  ): Promise<TouchedBucket[]> {
    const { reader } = this.#parts;
    const lastId = reader.lastId();
    const news =
      lastId > cursorId ? await this.#rows(cube, { fromId: cursorId + 1 }, touchedSql(plan, cursorId, lastId)) : [];
    const all = joined([...touched, ...news.map(touchedOf)]).filter(({ bucket }) => bucket >= (keptFrom ?? -Infinity));
    const stored = reader.catalog(db =>
      readBuckets(
        db,
        name,
        all.map(({ bucket }) => bucket),
      ),
    );
    const live = all.filter(({ bucket }) => (stored.get(bucket)?.state ?? 'live') === 'live');
    const known = live.flatMap(({ bucket }) => stored.get(bucket) ?? []);
    if (known.length === 0 || reader.catalog(readRemovals) === removals) return live;
    const rows = await this.#rows(cube, { windows: windowsOf(live, stored) }, remainingSql(plan, known));
    const remaining = new Map(rows.map(([bucket, events]) => [Number(bucket), Number(events)]));
    return live.filter(({ bucket }) => {
      const before = stored.get(bucket);
      return !before || remaining.get(bucket) === before.events;
    });
  }

  async #rows(cube: CubeDefinition, range: StepRange, sql: string): Promise<unknown[][]> {
    return this.#parts.within(range, async bind => {
      await this.#defineFunctions(sql);
      await bind(sql);
      return (await this.#connection(cube).runAndReadAll(sql)).getRows();
    });
  }

  /** Computes rows into a new table. Returns its name. */
  async #compute(cube: CubeDefinition, range: StepRange, sql: string): Promise<string> {
    const table = `cube_rows_${++this.#tables}`;
    await this.#parts.within(range, async bind => {
      await this.#defineFunctions(sql);
      await bind(sql);
      await this.#connection(cube).run(`create table ${quoteName(table)} as ${sql}`);
    });
    return table;
  }

  #connection({ timezone }: CubeDefinition): DuckDBConnection {
    const connection = this.#parts.inZone(timezone);
    if (connection) return connection;
    throw new TelemetryError(
      'failure',
      `a cube with the time zone ${timezone} was created after this query was opened`,
      {
        remedy: 'Run the query again.',
      },
    );
  }
}

/** SQL and table of rows that were computed; empty when the stored ones are complete. */
interface Live {
  readonly sql?: string;
  readonly table?: string;
}

/** The same buckets, each once. */
function joined(touched: readonly TouchedBucket[]): TouchedBucket[] {
  const byKey = new Map<number, TouchedBucket>();
  for (const one of touched) {
    const before = byKey.get(one.bucket);
    byKey.set(one.bucket, {
      bucket: one.bucket,
      events: one.events + (before?.events ?? 0),
      timeFrom: Math.min(one.timeFrom, before?.timeFrom ?? one.timeFrom),
      timeTo: Math.max(one.timeTo, before?.timeTo ?? one.timeTo),
    });
  }
  return [...byKey.values()].sort((a, b) => b.bucket - a.bucket);
}
