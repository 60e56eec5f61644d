import type { DuckDBConnection } from '@duckdb/node-api';
import { TelemetryError } from '../../core/errors.js';
import { readBuckets, readCube, type CubeState, type TouchedBucket } from '../../store/catalog/cubes.js';
import { readRemovals } from '../../store/database/store-identity.js';
import type { JournalReader } from '../../store/journal/reader.js';
import { quoteName } from '../../store/sql/text.js';
import type { BucketPlan, CubeDefinition } from '../cubes/definition.js';
import { remainingSql, rowsSql, storedSql, touchedOf, touchedSql, windowsOf } from '../cubes/steps.js';
import type { NamedView } from '../named-views/named-views.js';
import { percentileFunctions } from '../sql/percentiles.js';
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
  readonly #definePercentiles: (sql: string) => Promise<void>;
  /** Views by the name of their cube, and the version of the store that each fits. */
  readonly #views = new Map<string, { view: NamedView; version: number; table: string | undefined }>();
  #tables = 0;

  constructor(parts: CubeTablesParts) {
    this.#parts = parts;
    this.#definePercentiles = percentileFunctions(parts.connection);
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
    const { sql, table } =
      cube.plan === undefined ? await this.#whole(cube, state) : await this.#byBucket(name, cube, cube.plan, state);
    if (last?.table !== undefined) await connection.run(`drop table if exists ${quoteName(last.table)}`);
    const view = { name, cube, sql: sql ?? storedSql(dir, cube, state.files) };
    this.#views.set(name, { view, version, table });
    return view;
  }

  /** A cube without a plan: computed as a whole when any event came or went since. */
  async #whole(cube: CubeDefinition, state: CubeState): Promise<Live> {
    const { reader } = this.#parts;
    const isCurrent =
      state.refreshedAt !== null &&
      state.cursorId === reader.lastId() &&
      state.removals === reader.catalog(readRemovals);
    if (isCurrent) return {};
    const table = await this.#compute(cube, {}, cube.sql);
    return { sql: `select * from ${quoteName(table)}`, table };
  }

  async #byBucket(name: string, cube: CubeDefinition, plan: BucketPlan, state: CubeState): Promise<Live> {
    if (state.refreshedAt === null && state.files.length === 0 && state.cursorId === 0) {
      const table = await this.#compute(cube, {}, cube.sql);
      return { sql: `select * from ${quoteName(table)}`, table };
    }
    const pending = await this.#pending(name, cube, plan, state);
    if (pending.length === 0) return {};
    const keys = pending.map(({ bucket }) => bucket);
    const stored = this.#parts.reader.catalog(db => readBuckets(db, name, keys));
    const table = await this.#compute(cube, { windows: windowsOf(pending, stored) }, rowsSql(plan, keys));
    const sql = `${storedSql(this.#parts.dir, cube, state.files, keys)}\nunion all\nselect * from ${quoteName(table)}`;
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
      await this.#definePercentiles(sql);
      await bind(sql);
      return (await this.#connection(cube).runAndReadAll(sql)).getRows();
    });
  }

  /** Computes rows into a new table. Returns its name. */
  async #compute(cube: CubeDefinition, range: StepRange, sql: string): Promise<string> {
    const table = `cube_rows_${++this.#tables}`;
    await this.#parts.within(range, async bind => {
      await this.#definePercentiles(sql);
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
