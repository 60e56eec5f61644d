import type { Attribute } from '../../core/attribute.js';
import { segmentLacks } from '../../store/archive/formats/registry.js';
import type { JournalReader } from '../../store/journal/reader.js';
import type { Segment } from '../../store/catalog/segments.js';
import type { RowCondition } from '../sql/row-conditions.js';
import { idCondition } from './id-intervals.js';
import { overlaps, rangeCondition, type Range } from './range.js';
import { SegmentHealth, type OnDamaged } from './segment-health.js';
import type { ValueFilters } from './value-filters.js';

/** The segments of the store, sorted by what a query does with them. */
export interface ChosenSegments {
  /** Sound segments that reach into the range. */
  readonly segments: readonly Segment[];
  /** Segments that hold nothing of the range, or of what the statement asks for. */
  readonly skipped: readonly Segment[];
  /** Segments of the range that verify set aside or that this session found damaged. */
  readonly damaged: readonly Segment[];
}

/** The events that a statement asks for. */
export interface Wanted {
  readonly bounds: Range;
  /** Conditions that its rows of `events` must meet. */
  readonly conditions: readonly RowCondition[];
  /** All that are registered. */
  readonly attributes: readonly Attribute[];
}

/** Chooses the segments that may hold what a statement asks for, without the damaged ones, and reports those once. */
export class SegmentChoice {
  readonly #reader: JournalReader;
  readonly #health: SegmentHealth;
  readonly #filters: ValueFilters;
  #version: string | undefined;
  #all: readonly Segment[] = [];
  #setAside: readonly Segment[] = [];
  #chosen: ChosenSegments = { segments: [], skipped: [], damaged: [] };
  #condition = 'true';

  /** @param filters of the conditions that are chosen by. */
  constructor(dir: string, reader: JournalReader, filters: ValueFilters, onDamaged: OnDamaged) {
    this.#reader = reader;
    this.#filters = filters;
    this.#health = new SegmentHealth(dir, onDamaged);
  }

  get chosen(): ChosenSegments {
    return this.#chosen;
  }

  /** SQL over `id`, `time` and `received_at` of the chosen segments: true for the events that the statement asks for. */
  get condition(): string {
    return this.#condition;
  }

  /** Chooses again. Returns true when the segments, or the condition on their events, changed. */
  choose({ bounds, conditions, attributes }: Wanted): boolean {
    const mayCount = (segment: Segment): boolean =>
      !conditions.some(({ column, values }) => segmentLacks(segment, column, values, attributes)) &&
      this.#filters.idsIn(segment, attributes)?.length !== 0;
    const before = this.#chosen.segments;
    this.#readCatalog();
    const reached = new Set(this.#all.filter(segment => overlaps(bounds, segment) && mayCount(segment)));
    const segments = [...reached].filter(segment => this.#health.isSound(segment));
    const setAside = this.#setAside.filter(segment => overlaps(bounds, segment));
    const found = [...reached].filter(({ id }) => this.#health.isDamaged(id));
    this.#chosen = {
      segments,
      skipped: this.#all.filter(segment => !reached.has(segment)),
      damaged: [...found, ...setAside],
    };
    this.#health.report(found, setAside);
    const condition = segments.length === 0 ? 'true' : this.#conditionOn(segments, { bounds, attributes });
    const isSame = condition === this.#condition && isSameList(before, segments);
    this.#condition = condition;
    return !isSame;
  }

  #conditionOn(segments: readonly Segment[], { bounds, attributes }: Omit<Wanted, 'conditions'>): string {
    const range = rangeCondition(bounds);
    const wholes = segments.map(({ firstId, lastId }) => ({ afterId: firstId - 1, upToId: lastId }));
    const ids = segments.flatMap((segment, i) => this.#filters.idsIn(segment, attributes) ?? [wholes[i]!]);
    const whole = {
      afterId: Math.min(...wholes.map(({ afterId }) => afterId)),
      upToId: Math.max(...wholes.map(({ upToId }) => upToId)),
    };
    const narrowed = idCondition(ids, whole);
    if (narrowed === undefined) return range;
    return range === 'true' ? narrowed : `${range} and ${narrowed}`;
  }

  /**
   * Reads the chosen files whole and drops the damaged ones from the choice. Returns true when it dropped any.
   * @param again true to read files again that were found sound before.
   */
  async dropDamaged(wanted: Wanted, again: boolean): Promise<boolean> {
    if (!(await this.#health.inspect(this.#chosen.segments, again))) return false;
    this.choose(wanted);
    return true;
  }

  /** See {@link SegmentHealth.forget}. */
  forgetHealth(): void {
    this.#health.forget();
  }

  #readCatalog(): void {
    const newest = this.#reader.segmentsVersion();
    if (this.#version === newest) return;
    this.#version = newest;
    this.#all = this.#reader.segments();
    this.#setAside = this.#reader.damagedSegments();
  }
}

function isSameList(a: readonly Segment[], b: readonly Segment[]): boolean {
  return a.map(({ id }) => id).join() === b.map(({ id }) => id).join();
}
