import type { Attribute } from '../../core/attribute.js';
import { segmentLacks } from '../../store/archive/formats/registry.js';
import type { JournalReader } from '../../store/journal/reader.js';
import type { Segment } from '../../store/catalog/segments.js';
import type { RowCondition } from '../sql/row-conditions.js';
import { overlaps, rangeCondition, type Range } from './range.js';
import { SegmentHealth, type OnDamaged } from './segment-health.js';

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
  #version: string | undefined;
  #all: readonly Segment[] = [];
  #setAside: readonly Segment[] = [];
  #chosen: ChosenSegments = { segments: [], skipped: [], damaged: [] };
  #shownBounds = '';

  constructor(dir: string, reader: JournalReader, onDamaged: OnDamaged) {
    this.#reader = reader;
    this.#health = new SegmentHealth(dir, onDamaged);
  }

  get chosen(): ChosenSegments {
    return this.#chosen;
  }

  /**
   * Chooses again. Returns true when the segments, or the bounds applied to their events, changed.
   */
  choose({ bounds, conditions, attributes }: Wanted): boolean {
    const mayCount = (segment: Segment): boolean =>
      !conditions.some(({ column, values }) => segmentLacks(segment, column, values, attributes));
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
    const boundsNow = segments.length === 0 ? '' : rangeCondition(bounds);
    const isSame = boundsNow === this.#shownBounds && isSameList(before, segments);
    this.#shownBounds = boundsNow;
    return !isSame;
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
