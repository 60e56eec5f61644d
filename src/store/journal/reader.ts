import type { Database } from 'better-sqlite3';
import type { Attribute } from '../../core/attribute.js';
import { readAttributes } from '../catalog/attributes.js';
import type { Micros } from '../../core/duration.js';
import { firstIdReceivedSince, readEventRanges, type EventRange, type IdInterval } from '../catalog/event-ranges.js';
import { EVENT_ID_SQL } from '../catalog/sealed-event-ids.js';
import {
  readDamagedSegments,
  readDropped,
  readSealed,
  readSegments,
  segmentsVersion,
  type Segment,
} from '../catalog/segments.js';
import { readObjects, type StoredObject } from '../catalog/objects.js';
import { readCatalogTable, type CatalogTable } from '../catalog/catalog-tables.js';
import { readShapes } from '../catalog/shapes.js';
import { SnapshotSource, type ScannedRange } from '../database/snapshot-source.js';
import { openForReading } from '../database/store.js';
import { readIdentity, type StoreIdentity } from '../database/store-identity.js';
import { readStoreSetting, type StoreSetting } from '../database/settings.js';
import { measureLines, readLines, type LinePage } from './event-lines.js';
import { toWellFormedEscapes } from './surrogates.js';

/** The columns of the journal that a reader may ask for, and their SQL. */
const EVENT_COLUMNS = {
  id: 'id',
  stream_id: 'stream_id',
  received_at: 'received_at',
  payload: `iif(encoding is 'surrogate', well_formed(payload), payload)`,
  encoding: `nullif(encoding, 'surrogate')`,
  /** The bytes as sent where `payload` is not: JSON with half of a surrogate pair. */
  sent: `iif(encoding is 'surrogate', payload, null)`,
  event_id: EVENT_ID_SQL,
} as const;

const STREAM_COLUMNS = {
  id: 'id',
  started_at: 'started_at',
  ended_at: 'ended_at',
  transport: 'transport',
  remote: 'remote',
  path: 'path',
  headers: 'headers',
  events: 'events',
  origin: 'origin',
} as const;

export type EventColumn = keyof typeof EVENT_COLUMNS;
export type StreamColumn = keyof typeof STREAM_COLUMNS;

/** A value of a row as better-sqlite3 gives it: no number of the store's is past 53 bits. */
export type StoredValue = string | number | null;

/** A page of rows: `values` has a row per event, in the order of the columns asked for. */
export interface Page {
  readonly values: readonly (readonly StoredValue[])[];
  /** The id of the last row; read on from here. */
  readonly lastId: number;
}

/**
 * Opens the store at `dir` for reading.
 * @throws TelemetryError `noStore` or `failure`, see {@link openForReading}.
 */
export function openReader(dir: string): JournalReader {
  const source = new SnapshotSource(() => {
    const db = openForReading(dir);
    db.function('well_formed', { deterministic: true }, text => toWellFormedEscapes(text as string));
    return db;
  });
  return new JournalReader(source);
}

/** Reads a store in id order, also during writes. Not to be shared between threads. */
export class JournalReader {
  readonly #source: SnapshotSource;

  constructor(source: SnapshotSource) {
    this.#source = source;
  }

  /** False once closed. */
  get isOpen(): boolean {
    return this.#source.isOpen;
  }

  /**
   * Pins what the reads until the matching {@link end} see: one snapshot, whatever is written or pruned meanwhile.
   * Calls nest; the snapshot is the outermost one's. The log of the store grows as long as a snapshot is held: end it
   * soon, or {@link move} it.
   */
  begin(): void {
    this.#source.begin();
  }

  end(): void {
    this.#source.end();
  }

  /**
   * Moves the snapshot to the present, or into a copy, where only `range` is read from now on and what it has stays the
   * same. Between two reads, not within one.
   * @returns false once no snapshot is held any more, until the next {@link begin}.
   * @throws the error of SQLite when it has no room for a copy; the snapshot stays as it was.
   */
  move(range: ScannedRange): Promise<boolean> {
    return this.#source.move(range);
  }

  /** Changes whenever another process has committed to the store. Within a snapshot it does not change. */
  version(): number {
    return this.#source.version;
  }

  identity(): StoreIdentity {
    return readIdentity(this.#source.db);
  }

  attributes(): Attribute[] {
    return readAttributes(this.#source.db);
  }

  /** Differs whenever {@link attributes} would: paths are only added, and bits to their kinds. */
  attributesVersion(): string {
    const sql = `select count(*) || ':' || coalesce(sum(kinds), 0) from attributes`;
    return this.#source.prepare(sql).pluck().get() as string;
  }

  /** Sealed events, which are in segments; the journal's methods below pass over them. */
  segments(): Segment[] {
    return readSegments(this.#source.db);
  }

  /** Those that are set aside as damaged. */
  damagedSegments(): Segment[] {
    return readDamagedSegments(this.#source.db);
  }

  /** Files of segments that are out of use. */
  dropped(): { id: number; file: string; droppedAt: Micros }[] {
    return readDropped(this.#source.db);
  }

  /** Differs whenever {@link segments} or what is sealed would. */
  segmentsVersion(): string {
    return segmentsVersion(this.#source.db);
  }

  /** The templates of shapes, by number. */
  shapes(ids: Iterable<number>): Map<number, string> {
    return readShapes(this.#source.db, ids);
  }

  /** The id up to which the journal's events are sealed. */
  sealedId(): number {
    return readSealed(this.#source.db).lastId;
  }

  /** The objects that users stored, by name. */
  objects(): StoredObject[] {
    return readObjects(this.#source.db);
  }

  /** The result of `read` on the database of the snapshot. */
  catalog<T>(read: (db: Database) => T): T {
    return read(this.#source.db);
  }

  /** All rows of a table of the catalog; columns as in query/named-views/catalog-views.ts. */
  catalogTable(table: CatalogTable): (string | number | null)[][] {
    return readCatalogTable(this.#source.db, table);
  }

  setting(key: StoreSetting): unknown {
    return readStoreSetting(this.#source.db, key);
  }

  /** Ids in `(afterId, upToId]`, at most `limit` rows. At least one column. */
  readPage(columns: readonly EventColumn[], afterId: number, upToId: number, limit: number): Page {
    const list = columns.map(column => EVENT_COLUMNS[column]).join(', ');
    const rows = this.#source
      .prepareScan('events', name => `select ${list}, id from ${name} where id > ? and id <= ? order by id limit ?`)
      .raw()
      .all(afterId, upToId, limit) as StoredValue[][];
    return page(rows);
  }

  /** The size of a page of lines: see {@link measureLines}. */
  measureLines(afterId: number, upToId: number, limit: number): { bytes: number; lastId: number } | undefined {
    return measureLines(this.#source, afterId, upToId, limit);
  }

  /** Events as one text, in a fifth of the time of {@link readPage}: see event-lines.ts. Not for many MiB at once. */
  lines(page: { afterId: number; upToId: number; limit: number; isExact: boolean }): LinePage | undefined {
    return readLines(this.#source, page);
  }

  /** The values of {@link EVENT_ID_SQL} of events with ids in `(afterId, upToId]`; none for an event without an id. */
  eventIds(afterId: number, upToId: number): string[] {
    return this.#source
      .prepareScan(
        'events',
        name => `select event_id from (select id, ${EVENT_ID_SQL} as event_id from ${name} where id > ? and id <= ?)
          where event_id is not null order by id`,
      )
      .pluck()
      .all(afterId, upToId) as string[];
  }

  /**
   * The ids in `(afterId, upToId]` of rows that meet a condition, in order; undefined when there are more than `most`, or
   * no index to find them by.
   */
  idsWhere(condition: string, afterId: number, upToId: number, most: number): number[] | undefined {
    if (this.#source.isCopied('events')) return undefined;
    // The plus signs keep SQLite from reading the range of ids in place of an index.
    const ids = this.#source.db
      .prepare<[number, number, number], number>(
        `select id from events where (${condition}) and +id > ? and +id <= ? limit ?`,
      )
      .pluck()
      .all(afterId, upToId, most + 1);
    return ids.length > most ? undefined : ids.sort((a, b) => a - b);
  }

  /** The rows with these ids. */
  readIds(columns: readonly EventColumn[], ids: readonly number[]): Page {
    const list = columns.map(column => EVENT_COLUMNS[column]).join(', ');
    const rows = this.#source
      .prepareScan(
        'events',
        name => `select ${list}, id from ${name} where id in (select value from json_each(?)) order by id`,
      )
      .raw()
      .all(JSON.stringify(ids)) as StoredValue[][];
    return page(rows);
  }

  readStreams(columns: readonly StreamColumn[], afterId: number, limit: number): Page {
    const list = columns.map(column => STREAM_COLUMNS[column]).join(', ');
    const rows = this.#source
      .prepareScan('streams', name => `select ${list}, id from ${name} where id > ? order by id limit ?`)
      .raw()
      .all(afterId, limit) as StoredValue[][];
    return page(rows);
  }

  /** The number of events with an id in `(afterId, upToId]`. */
  countEvents(afterId: number, upToId: number): number {
    return this.#source
      .prepareScan('events', name => `select count(*) from ${name} where id > ? and id <= ?`)
      .pluck()
      .get(afterId, upToId) as number;
  }

  countStreams(): number {
    return this.#source
      .prepareScan('streams', name => `select count(*) from ${name}`)
      .pluck()
      .get() as number;
  }

  /** The highest id there is, sealed or not, or 0. */
  lastId(): number {
    const sql = 'select max((select coalesce(max(id), 0) from events), (select last_id from sealed))';
    return this.#source.prepare(sql).pluck().get() as number;
  }

  /** The size of the pages of the database that are in use, in bytes. */
  usedBytes(): number {
    const pragma = (name: string): number => this.#source.db.pragma(name, { simple: true }) as number;
    return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size');
  }

  /** The ranges within `(afterId, upToId]` whose least and greatest times are known, in the order of their ids. Other events may be in between. */
  eventRanges(afterId: number, upToId: number): EventRange[] {
    return readEventRanges(this.#source.db, afterId, upToId);
  }

  /** The first id in an interval of an event that was received at `micros` or later, or undefined. The clock may have been put back between two ids. */
  firstIdReceivedSince(interval: IdInterval, micros: Micros): number | undefined {
    return firstIdReceivedSince(this.#source.db, interval, micros);
  }

  close(): void {
    this.#source.close();
  }
}

function page(values: StoredValue[][]): Page {
  const last = values.at(-1);
  return { values, lastId: last ? (last.at(-1) as number) : 0 };
}
