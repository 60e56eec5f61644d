import type { Attribute } from '../../core/attribute.js';
import type { IdInterval } from '../../store/catalog/event-ranges.js';
import type { JournalReader } from '../../store/journal/reader.js';
import { readIndexes, type UserIndex } from '../../store/catalog/user-indexes.js';
import type { IndexUse } from '../index/use.js';
import type { RowCondition } from '../sql/row-conditions.js';
import { emptyScope, type JournalScope } from './journal-table.js';
import { isSameRange, journalBounds, timeCondition, type Range } from './range.js';
import { indexName, type ReadPlan } from './read-plan.js';
import { SegmentChoice, type ChosenSegments, type Wanted } from './segment-choice.js';
import { ValueFilters } from './value-filters.js';
import type { ViewOptions } from './view-options.js';

/** Within this many ids, as in tail, reading all rows takes less time than planning a query for an index. */
const MIN_INDEXED_SPAN = 10_000;

type RowsOptions = Pick<ViewOptions, 'dir' | 'reader' | 'connection' | 'range' | 'onDamaged'>;

/** The rows of `events` in a range: the segments and the ids of the journal that a statement reads. */
export class EventRows {
  /** The rows of the journal that scans read. */
  readonly scope: JournalScope = emptyScope();
  readonly #reader: JournalReader;
  readonly #choice: SegmentChoice;
  readonly #filters: ValueFilters;
  #bounds: Range;
  #conditions: readonly RowCondition[] = [];
  #attributes: readonly Attribute[] = [];
  #showsJournal = true;
  #version: number | undefined;
  #sealedId = 0;
  #lastId = 0;
  #indexNames: readonly string[] = [];

  constructor({ dir, reader, connection, range, onDamaged }: RowsOptions) {
    this.#reader = reader;
    this.#bounds = range;
    this.#filters = new ValueFilters(reader, connection);
    this.#choice = new SegmentChoice(dir, reader, this.#filters, onDamaged ?? (() => undefined));
  }

  get bounds(): Range {
    return this.#bounds;
  }

  /** The highest id of the store, or 0. */
  get lastId(): number {
    return this.#lastId;
  }

  /** Up to this id, events are in segments, and do not come in the order of their ids. */
  get sealedId(): number {
    return this.#sealedId;
  }

  /** The ids of the journal that are in view. */
  get span(): IdInterval {
    const { afterId, upToId } = this.scope;
    return { afterId, upToId };
  }

  get chosen(): ChosenSegments {
    return this.#choice.chosen;
  }

  /** See {@link SegmentChoice.condition}. */
  get sealedCondition(): string {
    return this.#choice.condition;
  }

  /** Size of the files that the query at hand reads, in bytes. */
  get segmentBytes(): number {
    return this.chosen.segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** True when rows of the journal can be in the range, or the range has no segments. */
  get showsJournal(): boolean {
    return this.#showsJournal;
  }

  get plan(): ReadPlan {
    const { rowsRead, usedIndex } = this.scope;
    const reader = this.#reader;
    const journal = {
      rowsRead,
      indexes: usedIndex ? this.#indexNames : [],
      // Counting reads every row: only for those who ask.
      get rows() {
        return reader.countEvents(reader.sealedId(), Number.MAX_SAFE_INTEGER);
      },
    };
    return { ...this.chosen, journal };
  }

  /** True when the rows are those of the store of this moment, with these bounds moved. */
  isCurrent(newBounds: Range): boolean {
    return this.#reader.version() === this.#version && isSameRange({ ...this.#bounds, ...newBounds }, this.#bounds);
  }

  /**
   * Takes in the state of the reader's snapshot. Returns true when other parts are to be read.
   * @param attributes all that are registered
   */
  refresh(newBounds: Range, attributes: readonly Attribute[]): boolean {
    const changed = { ...this.#bounds, ...newBounds };
    const isSameTime = timeCondition(changed) === timeCondition(this.#bounds);
    this.#bounds = changed;
    this.#attributes = attributes;
    this.#version = this.#reader.version();
    this.#sealedId = this.#reader.sealedId();
    const { whole, intervals } = journalBounds(this.#reader, changed);
    this.#lastId = this.#reader.lastId();
    Object.assign(this.scope, { ...whole, intervals });
    return this.#choose() || !isSameTime;
  }

  /** Takes the range of another session, which the next {@link refresh} reads and whose files it looks at. */
  move(range: Range): void {
    this.#bounds = range;
    this.#choice.forgetHealth();
    this.forget();
  }

  /** Makes the next {@link isCurrent} return false. */
  forget(): void {
    this.#version = undefined;
  }

  /**
   * Leaves out segments, and ids of segments, without an event that meets the conditions. Returns true when other parts
   * are to be read. Call it within a snapshot.
   */
  async restrict(conditions: readonly RowCondition[]): Promise<boolean> {
    if (JSON.stringify(conditions) === JSON.stringify(this.#conditions)) return false;
    this.#conditions = conditions;
    await this.#filters.use(conditions);
    return this.#choose();
  }

  /**
   * Drops the segments whose files are not as they were sealed. Returns true when it dropped any.
   * @param again true to read files again that were found sound before.
   */
  async dropDamaged(again: boolean): Promise<boolean> {
    const hasDropped = await this.#choice.dropDamaged(this.#wanted, again);
    this.#chooseJournal();
    return hasDropped;
  }

  /** User indexes; empty when the bounds leave so few rows that a scan is faster. Call it within a snapshot. */
  indexes(): readonly UserIndex[] {
    const { afterId, upToId } = this.scope;
    const isNarrow = (this.#bounds.fromId ?? 0) > this.#sealedId && upToId - afterId < MIN_INDEXED_SPAN;
    return isNarrow ? [] : readIndexes(key => this.#reader.setting(key));
  }

  /** Sets how the next scans of the journal find their rows; undefined reads all of them. */
  useIndexes(use: IndexUse | undefined): void {
    this.scope.indexed = use?.condition;
    this.scope.usedIndex = false;
    this.#indexNames = (use?.indexes ?? []).map(indexName);
  }

  #choose(): boolean {
    const hasNewSegments = this.#choice.choose(this.#wanted);
    const showedJournal = this.#showsJournal;
    this.#chooseJournal();
    return hasNewSegments || this.#showsJournal !== showedJournal;
  }

  /** DuckDB binds the journal's part of the view slower than all segments: it is left out where it gives no rows. */
  #chooseJournal(): void {
    this.#showsJournal = this.chosen.segments.length === 0 || this.scope.intervals.length > 0;
  }

  get #wanted(): Wanted {
    return { bounds: this.#bounds, conditions: this.#conditions, attributes: this.#attributes };
  }
}
