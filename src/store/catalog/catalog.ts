import type { Attribute } from '../../core/attribute.js';
import type { Micros } from '../../core/duration.js';
import { provisionalAttributes, readAttributes, type ProvisionalAttributes } from './attributes.js';
import { writeEventRanges, type EventRange } from './event-ranges.js';
import { readLastGivenId, writeSealing, type Sealing } from './sealing.js';
import {
  dropSegments,
  forgetSegments,
  insertSegments,
  readDamagedSegments,
  readDropped,
  readSealed,
  readSegments,
  type NewSegment,
  type Sealed,
  type Segment,
} from './segments.js';
import { readUnfiltered, writeFilters, type SegmentFilters } from './segment-filters.js';
import { numberShapes, readShapes, readStyledShapes } from './shapes.js';
import { isCheckpointed } from '../database/checkpoint.js';
import { openForWriting } from '../database/store.js';
import { noteRemoval } from '../database/store-identity.js';
import { readStoreSetting, writeStoreSetting, type StoreSetting } from '../database/settings.js';

/** A change of the archive, made whole or not at all. */
export interface ArchiveChange {
  /** Segments that count from now on; their files are on disk. */
  readonly add: readonly NewSegment[];
  /** Ids of segments that they replace, or that are no longer kept. */
  readonly drop?: readonly number[];
  /** True when events are removed for good. */
  readonly isRemoval?: boolean;
  /** Set when the journal's events up to an id are in the new segments. */
  readonly sealing?: Sealing;
}

/**
 * The archive's tables in telemetry.db. Only the holder of the archive's lock may change them; each change is one short
 * transaction.
 */
export interface Catalog {
  attributes(): Attribute[];
  /** The registered attributes, to which others can be added without registering them. */
  provisionalAttributes(): ProvisionalAttributes;
  /** The highest id that an event was given, or 0. Events may have been removed since. */
  lastGivenId(): number;
  segments(): Segment[];
  damagedSegments(): Segment[];
  sealed(): Sealed;
  shapes(ids: Iterable<number>): Map<number, string>;
  /** The templates with styles, oldest first. */
  styledShapes(): string[];
  /** The number of each template, which is registered if it is new; without those that are past the limit. */
  numberShapes(shapes: readonly string[]): Map<string, number>;
  /**
   * Makes a change of the archive; it is on disk when this returns.
   * @throws what SQLite throws; nothing has changed then.
   */
  change(change: ArchiveChange): void;
  /** Sets segments aside as damaged, or takes them back. */
  setDamaged(ids: readonly number[], damaged: boolean): void;
  /** The ids of the segments that have no filters of a version. */
  unfiltered(version: string): Set<number>;
  /** Gives a segment its filters. */
  setFilters(segment: number, filters: SegmentFilters): void;
  /** Files of segments that are out of use. */
  dropped(): { id: number; file: string; droppedAt: Micros }[];
  /**
   * True once all changes so far are in the database file, so that they survive the loss of the log. See {@link
   * isCheckpointed}.
   */
  isCheckpointed(): boolean;
  /** Removes dropped segments whose files are deleted. */
  forget(ids: readonly number[]): void;
  /** Stores the first and last time of events by range of ids. */
  addEventRanges(ranges: readonly EventRange[]): void;
  setting(key: StoreSetting): unknown;
  setSetting(key: StoreSetting, value: unknown): void;
  close(): void;
}

/**
 * Opens the catalog of the store at `dir` for writing.
 * @param now the present, in microseconds since 1970.
 * @throws TelemetryError `failure` when the store cannot be opened.
 */
export function openCatalog(dir: string, now: () => Micros): Catalog {
  const db = openForWriting(dir);
  return {
    attributes: () => readAttributes(db),
    segments: () => readSegments(db),
    damagedSegments: () => readDamagedSegments(db),
    sealed: () => readSealed(db),
    shapes: ids => readShapes(db, ids),
    styledShapes: () => readStyledShapes(db),
    numberShapes: shapes => numberShapes(db, shapes),
    change({ add, drop = [], sealing, isRemoval }) {
      db.transaction(() => {
        insertSegments(db, add);
        dropSegments(db, drop, now());
        if (isRemoval) noteRemoval(db);
        if (sealing) writeSealing(db, sealing);
      }).immediate();
    },
    lastGivenId: () => readLastGivenId(db),
    provisionalAttributes: () => provisionalAttributes(db),
    setDamaged(ids, damaged) {
      const update = db.prepare('update segments set damaged = ? where id = ?');
      db.transaction(() => {
        for (const id of ids) update.run(damaged ? 1 : 0, id);
        noteRemoval(db);
      }).immediate();
    },
    unfiltered: version => readUnfiltered(db, version),
    setFilters(segment, filters) {
      db.transaction(() => writeFilters(db, segment, filters)).immediate();
    },
    dropped: () => readDropped(db),
    isCheckpointed: () => isCheckpointed(db),
    forget(ids) {
      db.transaction(() => forgetSegments(db, ids)).immediate();
    },
    addEventRanges: ranges => writeEventRanges(db, ranges, readSealed(db).lastId),
    setting: key => readStoreSetting(db, key),
    setSetting: (key, value) => writeStoreSetting(db, key, value),
    close: () => db.close(),
  };
}
