import type { DuckDBConnection } from '@duckdb/node-api';
import { registerReading } from '../../store/archive/functions.js';
import { segmentSelects } from '../../store/archive/formats/registry.js';
import { attributeType, type Attribute, type ComputedColumn } from '../../core/attribute.js';
import { documentedAttribute } from '../../core/documented-attributes.js';
import type { IdInterval } from '../../store/catalog/event-ranges.js';
import type { JournalReader } from '../../store/journal/reader.js';
import { readIndexes, type UserIndex } from '../../store/catalog/user-indexes.js';
import { viewAttributes } from '../../store/sql/attribute.js';
import { eventsView, journalSelect, STREAMS_VIEW, typeView } from './events-view.js';
import { type TypeView } from '../sql/built-in-tables.js';
import { placeholderFunctions, type Needs } from './core-needs.js';
import type { IndexUse } from '../index/use.js';
import { emptyScope, journalTable, streamsTable, type JournalScope } from './journal-table.js';
import { hasTimeBounds, journalBounds, rangeCondition, isSameRange, timeCondition, type Range } from './range.js';
import type { NeededColumns } from '../plan/scanned-columns.js';
import type { SealedDatabase } from '../sandbox/sealed-database.js';
import { SegmentChoice, type ChosenSegments } from './segment-choice.js';
import type { OnDamaged } from './segment-health.js';

/**
 * With more attributes than this, the view has placeholder columns for those that no query has read yet. Binding costs
 * DuckDB about 0.1 ms for each attribute that is read from the payload, even when the query does not name it.
 */
const MAX_BOUND_ATTRIBUTES = 50;

/** With more shapes than this, only queries that read payloads rebuild them: binding costs about 0.3 ms a shape. */
const MAX_BOUND_SHAPES = 16;

/** Within this many ids, as in tail, reading all rows takes less time than planning a query for an index. */
const MIN_INDEXED_SPAN = 10_000;

/** Scan statistics of a query, shown by `--explain`. */
export interface ReadPlan extends ChosenSegments {
  readonly journal: {
    /** Rows that scans have given since the session began. */
    readonly rowsRead: number;
    /** Rows of the journal, in the range or not. */
    readonly rows: number;
    /** The attributes, each with its WHERE, of the indexes that the last query used. */
    readonly indexes: readonly string[];
  };
}

export interface ViewOptions {
  /** The store's directory. */
  readonly dir: string;
  readonly reader: JournalReader;
  readonly connection: DuckDBConnection;
  readonly database: SealedDatabase;
  readonly range: Range;
  readonly onDamaged?: OnDamaged | undefined;
  /** False leaves `payload` NULL where an event is rebuilt from columns. Default true. */
  readonly rebuildsPayload?: boolean | undefined;
}

/** The views `events`, `streams` and those of types, kept in step with the store. */
export class LiveView {
  readonly #dir: string;
  readonly #reader: JournalReader;
  readonly #connection: DuckDBConnection;
  readonly #database: SealedDatabase;
  readonly #rebuildsPayload: boolean;
  readonly #scope: JournalScope = emptyScope();
  readonly #choice: SegmentChoice;
  /** Attributes that queries have read so far: these are never placeholders. */
  readonly #needed = new Set<string>();
  readonly #shownCore: Set<ComputedColumn>;
  readonly #shownTypes = new Set<TypeView>();
  /** Documented columns that a statement read before any event had them, by lower-case name. */
  readonly #documented = new Map<string, Attribute>();
  /** True while the views do not fit the store. */
  #isStale = true;
  #needsPayload = false;
  #registered: readonly Attribute[] = [];
  #attributes: readonly Attribute[] = [];
  #attributesVersion: string | undefined;
  #showsJournal = true;
  #version: number | undefined;
  #generation = 0;
  #sealedId = 0;
  #lastId = 0;
  #bounds: Range;
  #indexNames: readonly string[] = [];

  private constructor({ dir, reader, connection, database, range, onDamaged, rebuildsPayload }: ViewOptions) {
    this.#dir = dir;
    this.#reader = reader;
    this.#connection = connection;
    this.#database = database;
    this.#bounds = range;
    this.#rebuildsPayload = rebuildsPayload ?? true;
    this.#shownCore = new Set<ComputedColumn>(hasTimeBounds(range) ? ['time'] : []);
    this.#choice = new SegmentChoice(dir, reader, onDamaged ?? (() => undefined));
  }

  /** Registers the journal with DuckDB and creates the `streams` view. Call it within a snapshot. */
  static async open(options: ViewOptions): Promise<LiveView> {
    const { reader, connection } = options;
    const view = new LiveView(options);
    connection.registerTableFunction(journalTable(reader, view.#scope));
    connection.registerTableFunction(streamsTable(reader, view.#scope));
    registerReading(connection);
    for (const unread of placeholderFunctions()) connection.registerScalarFunction(unread);
    await connection.run(STREAMS_VIEW);
    await view.refresh();
    return view;
  }

  /** The attributes that are columns of `events`. */
  get attributes(): readonly Attribute[] {
    return this.#attributes;
  }

  /** The same, and the keys that core columns are read from by their own names. */
  get registered(): readonly Attribute[] {
    return this.#registered;
  }

  /** The highest id of the store, or 0. */
  get lastId(): number {
    return this.#lastId;
  }

  /** Up to this id, events are in segments, and do not come in the order of their ids. */
  get sealedId(): number {
    return this.#sealedId;
  }

  /** Grows whenever the columns change: statements prepared before no longer fit. */
  get generation(): number {
    return this.#generation;
  }

  /** The ids of the journal that are in view. */
  get span(): IdInterval {
    const { afterId, upToId } = this.#scope;
    return { afterId, upToId };
  }

  /** Size of the files that the query at hand reads, in bytes. */
  get segmentBytes(): number {
    return this.#choice.chosen.segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get plan(): ReadPlan {
    const { rowsRead, usedIndex } = this.#scope;
    const rows = this.#reader.countEvents(this.#reader.sealedId(), Number.MAX_SAFE_INTEGER);
    return { ...this.#choice.chosen, journal: { rowsRead, rows, indexes: usedIndex ? this.#indexNames : [] } };
  }

  /** True while some columns have no values in the view, until {@link need} names them. */
  get hasPlaceholders(): boolean {
    return this.#scope.placeholders.length > 0 || this.#lacksPayload();
  }

  /** True when the range, or the one given, has events in segments. Call it within a snapshot. */
  needsSegments(newBounds: Range = {}): boolean {
    const { fromId = 0 } = { ...this.#bounds, ...newBounds };
    const sealedId = this.#reader.sealedId();
    return sealedId >= fromId && sealedId > 0;
  }

  /**
   * Takes in the state of the reader's snapshot; returns at once when the store has not changed. Attaches the database
   * that a query needs.
   */
  async refresh(newBounds: Range = {}): Promise<void> {
    const now = this.#reader.version();
    const changed = { ...this.#bounds, ...newBounds };
    if (now === this.#version && isSameRange(changed, this.#bounds)) return this.#attach();
    const isSameTime = timeCondition(changed) === timeCondition(this.#bounds);
    this.#bounds = changed;
    this.#version = now;
    this.#sealedId = this.#reader.sealedId();
    const { whole, intervals } = journalBounds(this.#reader, changed);
    this.#lastId = this.#reader.lastId();
    Object.assign(this.#scope, { ...whole, intervals });
    const hasNewSegments = this.#choice.choose(changed);
    // DuckDB binds the journal's part of the view slower than all segments: leave it out where it gives no rows.
    const showedJournal = this.#showsJournal;
    this.#showsJournal = this.#choice.chosen.segments.length === 0 || intervals.length > 0;
    const hasNewAttributes = this.#readAttributes();
    if (!hasNewAttributes && !hasNewSegments && this.#showsJournal === showedJournal && isSameTime) {
      return this.#attach();
    }
    this.#isStale = true;
  }

  /** Makes the views fit the store and a statement with these needs. Call it after {@link refresh}. */
  async show({ core, typeViews }: Needs): Promise<void> {
    const isShown =
      core.every(name => this.#shownCore.has(name)) && typeViews.every(name => this.#shownTypes.has(name));
    if (!this.#isStale && isShown) return;
    for (const name of core) this.#shownCore.add(name);
    for (const name of typeViews) this.#shownTypes.add(name);
    await this.#create();
  }

  /** Adds a column of NULL that the documentation names and no event has had. Returns false for another name. */
  async showDocumented(name: string): Promise<boolean> {
    const attribute = documentedAttribute(name);
    if (!attribute || this.#documented.has(name.toLowerCase())) return false;
    this.#documented.set(name.toLowerCase(), attribute);
    await this.#create();
    return true;
  }

  /**
   * Drops the segments of the plan whose files are not as they were sealed. Returns true when it dropped any.
   * @param again true to read files again that were found sound before.
   */
  async leaveOutDamaged(again: boolean): Promise<boolean> {
    if (!(await this.#choice.dropDamaged(this.#bounds, again))) return false;
    await this.#create();
    return true;
  }

  /** User indexes; empty when the bounds leave so few rows that a scan is faster. Call it within a snapshot. */
  indexes(): readonly UserIndex[] {
    const { afterId, upToId } = this.#scope;
    const isNarrow = (this.#bounds.fromId ?? 0) > this.#sealedId && upToId - afterId < MIN_INDEXED_SPAN;
    return isNarrow ? [] : readIndexes(key => this.#reader.setting(key));
  }

  /** Sets how the next scans of the journal find their rows; undefined reads all of them. */
  useIndexes(use: IndexUse | undefined): void {
    this.#scope.indexed = use?.condition;
    this.#scope.usedIndex = false;
    this.#indexNames = (use?.indexes ?? []).map(({ attribute, where }) =>
      where === undefined ? attribute : `${attribute} where ${where}`,
    );
  }

  /** Puts the values into the view that the plan of a query reads. They stay in it. */
  async need(columns: NeededColumns): Promise<void> {
    const placeholders = columns.get('JOURNAL');
    const names = this.#attributes.filter((_, i) => placeholders?.has(`a${i}`)).map(({ name }) => name);
    const addsPayload = this.#lacksPayload() && columns.get('READ_PARQUET')?.has('payload_sent') === true;
    if (names.length === 0 && !addsPayload) return;
    for (const name of names) this.#needed.add(name);
    this.#needsPayload ||= addsPayload;
    await this.#create();
  }

  /** Runs `bind`, and also returns true when the statement that it binds reads streams. */
  async watchStreams<T>(bind: () => Promise<T>): Promise<[bound: T, readsStreams: boolean]> {
    this.#scope.readsStreams = false;
    const bound = await bind();
    return [bound, this.#scope.readsStreams];
  }

  /** Returns true when the store has other attributes than before. */
  #readAttributes(): boolean {
    const newest = this.#reader.attributesVersion();
    if (this.#attributesVersion === newest) return false;
    this.#attributesVersion = newest;
    this.#registered = this.#reader.attributes();
    this.#attributes = viewAttributes(this.#registered);
    return true;
  }

  /** The journal's placeholder column for an attribute that no query has read yet. */
  #placeholder(index: number): string | undefined {
    const attribute = this.#attributes[index];
    const isRead = this.#attributes.length <= MAX_BOUND_ATTRIBUTES || !attribute || this.#needed.has(attribute.name);
    return isRead ? undefined : `a${index}`;
  }

  #lacksPayload(): boolean {
    if (!this.#rebuildsPayload || this.#needsPayload) return false;
    return new Set(this.#choice.chosen.segments.flatMap(({ shapes }) => shapes)).size > MAX_BOUND_SHAPES;
  }

  /** Core columns of format 1 are computed from payloads, also in a session that shows no payload. */
  #needsShapes(): boolean {
    return this.#rebuildsPayload || this.#choice.chosen.segments.some(({ format }) => format === 1);
  }

  async #attach(): Promise<void> {
    if (this.#choice.chosen.segments.some(({ kind }) => kind === 'duckdb')) await this.#database.attach();
  }

  async #create(): Promise<void> {
    await this.#attach();
    this.#scope.placeholders = this.#attributes.flatMap(({ kinds }, i) => {
      const name = this.#placeholder(i);
      return name === undefined ? [] : [{ name, type: attributeType(kinds) }];
    });
    for (const { name } of this.#attributes) this.#documented.delete(name.toLowerCase());
    try {
      await this.#connection.run(eventsView(this.#selects()));
      for (const name of this.#shownTypes) await this.#connection.run(typeView(name));
    } catch (error) {
      // To bind, DuckDB reads the end of each file.
      if (!(await this.#choice.dropDamaged(this.#bounds, true))) throw error;
      return this.#create();
    }
    this.#isStale = false;
    this.#generation++;
  }

  /** The queries whose rows together are `events`. */
  #selects(): string[] {
    const { segments } = this.#choice.chosen;
    const columns = [...this.#attributes, ...this.#documented.values()];
    const sealed = segmentSelects({
      dir: this.#dir,
      segments,
      attributes: this.#registered,
      columns,
      templates:
        !this.#needsShapes() || this.#lacksPayload()
          ? undefined
          : this.#reader.shapes(new Set(segments.flatMap(({ shapes }) => shapes))),
      condition: rangeCondition(this.#bounds),
      core: this.#shownCore,
    });
    if (!this.#showsJournal) return sealed;
    const journal = journalSelect(
      this.#registered,
      columns,
      this.#shownCore,
      index => this.#placeholder(index),
      timeCondition(this.#bounds),
    );
    return [...sealed, journal];
  }
}
