import type { DuckDBConnection } from '@duckdb/node-api';
import { registerReading } from '../../store/archive/functions.js';
import type { Attribute, ComputedColumn } from '../../core/attribute.js';
import type { StoredObject } from '../../store/catalog/objects.js';
import type { JournalReader } from '../../store/journal/reader.js';
import { eventSelects } from './event-selects.js';
import { eventsView, STREAMS_VIEW } from './events-view.js';
import { needsOf, placeholderFunctions, type Needs } from './core-needs.js';
import type { ChangeObjects } from '../named-views/named-views.js';
import type { NamedView } from '../named-views/named-views.js';
import { ShownViews } from '../named-views/shown-views.js';
import type { RowCondition } from '../sql/row-conditions.js';
import { EventRows } from './event-rows.js';
import { journalTable, streamsTable } from './journal-table.js';
import { hasTimeBounds, isSameRange, UNBOUNDED, type Range } from './range.js';
import { neededColumns, type NeededColumns } from '../plan/scanned-columns.js';
import { CubeTables, type StepRange } from './cube-tables.js';
import type { SealedDatabase } from '../sandbox/sealed-database.js';
import { CatalogTables } from './catalog-tables.js';
import { ViewColumns } from './view-columns.js';
import type { ViewOptions } from './view-options.js';

/** With more shapes than this, only queries that read payloads rebuild them: binding costs about 0.3 ms a shape. */
const MAX_BOUND_SHAPES = 16;

/** The views `events`, `streams` and those of types, kept in step with the store. */
export class LiveView {
  /** The views over `events` that statements have named. */
  readonly named: ShownViews;
  /** The rows of `events`. */
  readonly rows: EventRows;
  readonly #alerts: CatalogTables;
  readonly #dir: string;
  readonly #reader: JournalReader;
  readonly #connection: DuckDBConnection;
  readonly #database: SealedDatabase;
  #rebuildsPayload: boolean;
  readonly #changeObjects: ChangeObjects;
  readonly #columns: ViewColumns;
  readonly #cubes: CubeTables;
  readonly #shownCore: Set<ComputedColumn>;
  /** True while the views do not fit the store. */
  #isStale = true;
  /** True while the columns of the journal come from one parse of a payload. */
  #parsesOnce = false;
  /** True once a statement has named `payload`. */
  #showsPayload = false;
  #needsPayload = false;
  #generation = 0;

  private constructor(options: ViewOptions) {
    const { dir, reader, connection, database, range, rebuildsPayload = true, inZone, objects } = options;
    this.#dir = dir;
    this.#reader = reader;
    this.#connection = connection;
    this.#database = database;
    this.#rebuildsPayload = rebuildsPayload;
    this.#changeObjects = objects ?? (stored => stored);
    this.#shownCore = new Set<ComputedColumn>(hasTimeBounds(range) ? ['time'] : []);
    this.#columns = new ViewColumns(reader);
    this.#cubes = new CubeTables({ dir, reader, connection, inZone, within: (...step) => this.#within(...step) });
    this.named = new ShownViews(connection);
    this.#alerts = new CatalogTables(connection, reader);
    this.rows = new EventRows(options);
  }

  /** Shows the range of another session, and payloads or not, from the next {@link refresh} on: true when it is needed now. */
  move(range: Range, rebuildsPayload = true): boolean {
    const isCurrent = this.rows.isCurrent({});
    const isSame = isSameRange(range, this.rows.bounds) && rebuildsPayload === this.#rebuildsPayload;
    if (!isSame) this.#isStale = true;
    if (hasTimeBounds(range)) this.#shownCore.add('time');
    this.#rebuildsPayload = rebuildsPayload;
    this.rows.move(range);
    return !isCurrent || !isSame;
  }

  /** Registers the journal with DuckDB and creates the `streams` view. Call it within a snapshot. */
  static async open(options: ViewOptions): Promise<LiveView> {
    const { reader, connection } = options;
    const view = new LiveView(options);
    connection.registerTableFunction(journalTable(reader, view.rows.scope));
    connection.registerTableFunction(streamsTable(reader, view.rows.scope));
    registerReading(connection);
    for (const unread of placeholderFunctions()) connection.registerScalarFunction(unread);
    await connection.run(STREAMS_VIEW);
    await view.refresh();
    return view;
  }

  /** The attributes that are columns of `events`. */
  get attributes(): readonly Attribute[] {
    return this.#columns.attributes;
  }

  /** The same, and the keys that core columns are read from by their own names. */
  get registered(): readonly Attribute[] {
    return this.#columns.registered;
  }

  /** The stored objects of this moment. */
  get objects(): readonly StoredObject[] {
    return this.#changeObjects(this.#reader.objects());
  }

  /** Grows whenever the columns change: statements prepared before no longer fit. */
  get generation(): number {
    return this.#generation;
  }

  /** True when the columns and views are those of a new session, whatever statements have read. */
  get isPlain(): boolean {
    return this.named.isEmpty && !this.#columns.hasDocumented;
  }

  /** True while some columns have no values in the view, until {@link need} names them. */
  get hasPlaceholders(): boolean {
    return this.rows.scope.placeholders.length > 0 || this.#lacksPayload();
  }

  /** True when the range, or the one given, has events in segments. Call it within a snapshot. */
  needsSegments(newBounds: Range = {}): boolean {
    const { fromId = 0 } = { ...this.rows.bounds, ...newBounds };
    const sealedId = this.#reader.sealedId();
    return (sealedId >= fromId && sealedId > 0) || this.#reader.objects().some(({ kind }) => kind === 'cube');
  }

  /**
   * Takes in the state of the reader's snapshot; returns at once when the store has not changed. Attaches the database
   * that a query needs.
   */
  async refresh(newBounds: Range = {}): Promise<void> {
    if (this.rows.isCurrent(newBounds)) return this.#attach();
    const hasNewAttributes = this.#columns.refresh();
    const hasNewRows = this.rows.refresh(newBounds, this.#columns.registered);
    if (!hasNewAttributes && !hasNewRows) return this.#attach();
    this.#isStale = true;
  }

  /** The core columns and named views that a statement may read. Call it within a snapshot. */
  needsOf(sql: string): Needs {
    return needsOf(sql, this);
  }

  /**
   * Makes the views fit the store and a statement with these needs. Call it after {@link refresh}.
   * @param conditions of the statement: segments without an event that meets them are left out
   */
  async show(
    { core, payload, named, readsManyColumns, views: needed, readsCubesOnly }: Needs,
    conditions: readonly RowCondition[] = [],
  ): Promise<void> {
    if (await this.rows.restrict(conditions)) this.#isStale = true;
    if (this.#columns.showFor(named)) this.#isStale = true;
    this.#alerts.register(needed);
    // A plan shows the conditions that an index serves only where columns are read one by one.
    const parsesOnce = readsManyColumns && this.rows.indexes().length === 0;
    const isShown =
      core.every(name => this.#shownCore.has(name)) &&
      (this.#showsPayload || !payload) &&
      (parsesOnce === this.#parsesOnce || !this.rows.showsJournal);
    if (this.rows.showsJournal) this.#parsesOnce = parsesOnce;
    for (const name of core) this.#shownCore.add(name);
    this.#showsPayload ||= payload;
    let hasNewViews = false;
    const views: NamedView[] = [];
    for (const view of needed) {
      hasNewViews = this.named.add(views) || hasNewViews;
      views.push(await this.#cubes.viewOf(view));
    }
    hasNewViews = this.named.add(views) || hasNewViews;
    // To create `events`, DuckDB opens the files of all segments.
    if (readsCubesOnly && this.#isStale) return hasNewViews ? this.#createNamed(views) : undefined;
    if (this.#isStale || !isShown) await this.#create();
    else if (hasNewViews) await this.#createNamed();
  }

  /** Shows all columns, where an error may come of those that were left out. Returns false when none were. */
  async widen(): Promise<boolean> {
    if (!this.#columns.isNarrow) return false;
    this.#columns.showFor(undefined);
    await this.#create();
    return true;
  }

  /** Adds a column of NULL that the documentation names and no event has had. Returns false for another name. */
  async showDocumented(name: string): Promise<boolean> {
    if (!this.#columns.addDocumented(name)) return false;
    await this.#create();
    return true;
  }

  /**
   * Drops the segments of the plan whose files are not as they were sealed. Returns true when it dropped any.
   * @param again true to read files again that were found sound before.
   */
  async leaveOutDamaged(again: boolean): Promise<boolean> {
    if (!(await this.rows.dropDamaged(again))) return false;
    await this.#create();
    return true;
  }

  /** Puts the values into the view that the plan of a query reads. They stay in it. */
  async need(columns: NeededColumns): Promise<void> {
    const addsPayload = this.#lacksPayload() && columns.get('READ_PARQUET')?.has('payload_sent') === true;
    if (!this.#columns.need(columns.get('JOURNAL')) && !addsPayload) return;
    this.#needsPayload ||= addsPayload;
    await this.#create();
  }

  /** Runs `bind`, and also returns true when the statement that it binds reads streams. */
  async watchStreams<T>(bind: () => Promise<T>): Promise<[bound: T, readsStreams: boolean]> {
    const { scope } = this.rows;
    scope.readsStreams = false;
    const bound = await bind();
    return [bound, scope.readsStreams];
  }

  #lacksPayload(): boolean {
    if (!this.#rebuildsPayload || this.#needsPayload) return false;
    return new Set(this.rows.chosen.segments.flatMap(({ shapes }) => shapes)).size > MAX_BOUND_SHAPES;
  }

  /** Core columns of format 1 are computed from payloads, also in a session that shows no payload. */
  #needsShapes(): boolean {
    return this.#rebuildsPayload || this.rows.chosen.segments.some(({ format }) => format === 1);
  }

  async #attach(): Promise<void> {
    if (this.rows.chosen.segments.some(({ kind }) => kind === 'duckdb')) await this.#database.attach();
  }

  async #create(): Promise<void> {
    await this.#attach();
    this.rows.scope.placeholders = this.rows.showsJournal ? this.#columns.placeholders() : [];
    try {
      await this.#connection.run(eventsView(this.#selects()));
    } catch (error) {
      // To bind, DuckDB reads the end of each file.
      if (!(await this.rows.dropDamaged(true))) throw error;
      return this.#create();
    }
    this.#isStale = false;
    await this.#createNamed();
  }

  /** Runs `work` while `events` are those of another range of the same snapshot. */
  async #within<T>(step: StepRange, work: (bind: (sql: string) => Promise<void>) => Promise<T>): Promise<T> {
    const { bounds, scope } = this.rows;
    const { indexed } = scope;
    const move = async (range: Range): Promise<void> => {
      this.rows.forget();
      await this.refresh({ ...UNBOUNDED, ...range });
      this.#isStale = true;
    };
    const bind = async (sql: string): Promise<void> => {
      if (this.hasPlaceholders) await this.need(await neededColumns(this.#connection, sql, {}));
    };
    this.#shownCore.add('time');
    scope.indexed = undefined;
    await move(step);
    await this.#create();
    try {
      return await work(bind);
    } finally {
      scope.indexed = indexed;
      await move(bounds);
    }
  }

  async #createNamed(only?: readonly NamedView[]): Promise<void> {
    await this.named.create(only?.filter(({ cube }) => cube));
    this.#generation++;
  }

  /** The queries whose rows together are `events`. */
  #selects(): string[] {
    const { segments } = this.rows.chosen;
    const lacksShapes = !this.#needsShapes() || this.#lacksPayload();
    return eventSelects({
      dir: this.#dir,
      segments,
      columns: this.#columns,
      hidesPayload: this.#rebuildsPayload && !this.#showsPayload,
      shapes: lacksShapes ? undefined : this.#reader.shapes(new Set(segments.flatMap(({ shapes }) => shapes))),
      bounds: this.rows.bounds,
      condition: this.rows.sealedCondition,
      core: this.#shownCore,
      showsJournal: this.rows.showsJournal,
      parsesOnce: this.#parsesOnce,
    });
  }
}
