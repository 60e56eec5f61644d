import type { DuckDBConnection } from '@duckdb/node-api';
import type { Attribute } from '../../core/attribute.js';
import { decodeFilter, idsThatMayHold } from '../../store/archive/filters/column-filter.js';
import type { Key } from '../../store/archive/filters/key-set.js';
import { textKeys } from '../../store/archive/filters/text-keys.js';
import { segmentTexts } from '../../store/archive/formats/registry.js';
import type { IdInterval } from '../../store/catalog/event-ranges.js';
import { hasFilters, readFilter } from '../../store/catalog/segment-filters.js';
import type { Segment } from '../../store/catalog/segments.js';
import type { JournalReader } from '../../store/journal/reader.js';
import type { RowCondition } from '../sql/row-conditions.js';
import { commonIds, mergedIds } from './id-intervals.js';

/** With more values, a list is likely to have one in each block, and each is looked for in every filter. */
const MAX_VALUES = 100;

/** A column, and the keys of the values that it may have. */
interface Probe {
  readonly column: string;
  readonly keys: readonly Key[];
}

/** Finds out by the catalog's filters where events that meet conditions may be. */
export class ValueFilters {
  readonly #reader: JournalReader;
  readonly #connection: DuckDBConnection;
  #probes: readonly Probe[] = [];
  /** Of the filters that the keys fit. */
  #version = '';
  #attributes: readonly Attribute[] = [];
  /** The results so far, by the segment's id: a follower asks again whenever the store changes. */
  readonly #known = new Map<number, readonly IdInterval[] | undefined>();

  constructor(reader: JournalReader, connection: DuckDBConnection) {
    this.#reader = reader;
    this.#connection = connection;
  }

  /** Replaces the conditions. Call it within a snapshot. */
  async use(conditions: readonly RowCondition[]): Promise<void> {
    this.#probes = [];
    this.#known.clear();
    const lists = conditions.flatMap(({ column, values = [] }) =>
      values.length > 0 && values.length <= MAX_VALUES && column.toLowerCase() !== 'type' ? [{ column, values }] : [],
    );
    if (lists.length === 0 || !this.#reader.catalog(hasFilters)) return;
    const { version, keys } = await textKeys(
      this.#connection,
      lists.flatMap(({ values }) => values),
    );
    this.#version = version;
    let from = 0;
    this.#probes = lists.map(({ column, values }) => ({ column, keys: keys.slice(from, (from += values.length)) }));
  }

  /**
   * The ids among which are those of the segment's events that meet all conditions; undefined when nothing is known.
   * @param attributes all that are registered
   */
  idsIn(segment: Segment, attributes: readonly Attribute[]): readonly IdInterval[] | undefined {
    if (this.#probes.length === 0) return undefined;
    // The place of a column's values changes with the attributes.
    if (this.#attributes !== attributes) this.#known.clear();
    this.#attributes = attributes;
    if (!this.#known.has(segment.id)) {
      const known = this.#probes.flatMap(probe => {
        const ids = this.#idsOf(probe, segment);
        return ids ? [ids] : [];
      });
      this.#known.set(segment.id, known.length === 0 ? undefined : known.reduce(commonIds));
    }
    return this.#known.get(segment.id);
  }

  #idsOf({ column, keys }: Probe, segment: Segment): readonly IdInterval[] | undefined {
    const names = segmentTexts(segment, column, this.#attributes);
    const found: IdInterval[] = [];
    for (const name of names ?? []) {
      const bytes = this.#reader.catalog(db => readFilter(db, segment.id, name, this.#version));
      const blocks = bytes && decodeFilter(bytes);
      if (!blocks) return undefined;
      found.push(...idsThatMayHold(blocks, keys));
    }
    return names && mergedIds(found);
  }
}
