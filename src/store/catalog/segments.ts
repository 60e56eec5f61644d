import type { Database } from 'better-sqlite3';
import type { Micros } from '../../core/duration.js';
import { deleteFilters, writeFilters, type SegmentFilters } from './segment-filters.js';

/**
 * The number of the layout that new segments have. 2: integers past 64 bits are exact, both zeros of a double are kept,
 * `columns` names the paths of objects, Parquet files have columns of severities and of patches, and time, type and
 * name are those of src/store/sql/core-columns.ts.
 */
export const SEGMENT_FORMAT = 2;

/** The format of a segment. The folder of store/archive/formats that reads and writes it has the same name. */
export type SegmentKind = 'parquet' | 'ndjson' | 'csv' | 'duckdb';

/** Events of one type in a segment, and the bytes of their payloads as sent. */
export interface TypeCount {
  readonly events: number;
  readonly bytes: number;
  /** The bytes of the longest of them. */
  readonly longest?: number;
}

/** A flat column of a segment. */
export interface SegmentColumn {
  /**
   * Its type: BOOLEAN, BIGINT, UBIGINT, DECIMAL(38,0), DOUBLE, VARCHAR, JSON (text in the file), or PAYLOAD when its
   * values are in the payloads only.
   */
  readonly type: string;
  /** The paths that it takes its values from, as JSON arrays of keys. */
  readonly paths: readonly string[];
  /** Set when some events have their values in their payloads only. */
  readonly isPartial?: boolean;
  /** Set when this format stores the time of an event as NULL. */
  readonly timeFormat?: string;
  /** Set when a column of signs distinguishes -0.0 from 0.0, which are one value in a Parquet dictionary. */
  readonly hasNegativeZeros?: boolean;
  /** Set when the column gives a core column of ids, and no text in it is blank: the view takes them as they are. */
  readonly hasIdsOnly?: boolean;
  /** Set when a JSON column has texts with white space or escapes as they were sent. */
  readonly isAsSent?: boolean;
}

/** A file of sealed events, as the catalog knows it. Segments never change: they are replaced. */
export interface Segment {
  readonly id: number;
  readonly kind: SegmentKind;
  /** The number of its layout: see {@link SEGMENT_FORMAT}. */
  readonly format: number;
  /** Relative to the store. */
  readonly file: string;
  /** The UTC day on which its events were received, `2026-11-24`. */
  readonly day: string;
  /** The one type of its events; null when it has several, each of them rare. */
  readonly type: string | null;
  /** The number of merges of its events: 0 as sealed. */
  readonly tier: number;
  readonly firstId: number;
  readonly lastId: number;
  readonly events: number;
  /** Of the file. */
  readonly bytes: number;
  /** SHA-256 of the file, in hex. */
  readonly checksum: string;
  readonly receivedFrom: Micros;
  readonly receivedTo: Micros;
  readonly timeFrom: Micros | null;
  readonly timeTo: Micros | null;
  readonly types: Readonly<Record<string, TypeCount>>;
  /** The flat columns by name, without those that every segment has. */
  readonly columns: Readonly<Record<string, SegmentColumn>>;
  /** The shapes that its events are rebuilt with. */
  readonly shapes: readonly number[];
}

/** A segment that is about to be registered. */
export interface NewSegment extends Omit<Segment, 'id'> {
  /** Registered with it; a segment without them gets them later. */
  readonly filters?: SegmentFilters | undefined;
}

/** The last sealed event: its id and its time of receipt. */
export interface Sealed {
  readonly lastId: number;
  readonly receivedAt: Micros;
}

interface SegmentRow {
  id: number;
  kind: SegmentKind;
  format: number;
  file: string;
  day: string;
  type: string | null;
  tier: number;
  first_id: number;
  last_id: number;
  events: number;
  bytes: number;
  checksum: string;
  received_from: number;
  received_to: number;
  time_from: number | null;
  time_to: number | null;
  types: string;
  columns: string;
  shapes: string;
}

/**
 * The segments that count, by their first ids. One statement, so within the caller's read transaction it fits the
 * journal's rows.
 */
export function readSegments(db: Database): Segment[] {
  return db
    .prepare<[], SegmentRow>('select * from segments where dropped_at is null and not damaged order by first_id, id')
    .all()
    .map(toSegment);
}

/** Those that verify has set aside. */
export function readDamagedSegments(db: Database): Segment[] {
  return db
    .prepare<[], SegmentRow>('select * from segments where dropped_at is null and damaged order by first_id, id')
    .all()
    .map(toSegment);
}

/** Changes whenever {@link readSegments} or {@link readSealed} would give something else. */
export function segmentsVersion(db: Database): string {
  return db
    .prepare<[], string>(
      `select (select count(*) || ':' || coalesce(max(id), 0) || ':' || coalesce(sum(damaged), 0) from segments
         where dropped_at is null) || ':' || (select last_id from sealed)`,
    )
    .pluck()
    .get()!;
}

export function readSealed(db: Database): Sealed {
  const { last_id: lastId, received_at: receivedAt } = db
    .prepare<[], { last_id: number; received_at: number }>('select last_id, received_at from sealed')
    .get()!;
  return { lastId, receivedAt };
}

/** Registers segments, within the caller's transaction. */
export function insertSegments(db: Database, segments: readonly NewSegment[]): void {
  const insert = db.prepare(
    `insert into segments(kind, format, file, day, type, tier, first_id, last_id, events, bytes, checksum, received_from,
       received_to, time_from, time_to, types, columns, shapes)
     values (@kind, @format, @file, @day, @type, @tier, @firstId, @lastId, @events, @bytes, @checksum, @receivedFrom,
       @receivedTo, @timeFrom, @timeTo, @types, @columns, @shapes)`,
  );
  for (const { filters, ...segment } of segments) {
    const { types, columns, shapes } = segment;
    const { lastInsertRowid } = insert.run({
      ...segment,
      types: JSON.stringify(types),
      columns: JSON.stringify(columns),
      shapes: JSON.stringify(shapes),
    });
    if (filters) writeFilters(db, lastInsertRowid, filters);
  }
}

/**
 * Removes segments from the catalog, within the caller's transaction; a trigger deletes their filters. Their files stay
 * until no query reads them: see archive/seal/sweep.ts.
 */
export function dropSegments(db: Database, ids: readonly number[], now: Micros): void {
  const drop = db.prepare('update segments set dropped_at = ? where id = ? and dropped_at is null');
  for (const id of ids) drop.run(now, id);
}

/** Files of segments that are out of use, and when they became so. */
export function readDropped(db: Database): { id: number; file: string; droppedAt: Micros }[] {
  return db
    .prepare<[], { id: number; file: string; droppedAt: number }>(
      'select id, file, dropped_at as droppedAt from segments where dropped_at is not null',
    )
    .all();
}

/** Removes a dropped segment whose file is deleted. */
export function forgetSegments(db: Database, ids: readonly number[]): void {
  const remove = db.prepare('delete from segments where id = ? and dropped_at is not null');
  for (const id of ids) if (remove.run(id).changes > 0) deleteFilters(db, id);
}

function toSegment(row: SegmentRow): Segment {
  return {
    id: row.id,
    kind: row.kind,
    format: row.format,
    file: row.file,
    day: row.day,
    type: row.type,
    tier: row.tier,
    firstId: row.first_id,
    lastId: row.last_id,
    events: row.events,
    bytes: row.bytes,
    checksum: row.checksum,
    receivedFrom: row.received_from,
    receivedTo: row.received_to,
    timeFrom: row.time_from,
    timeTo: row.time_to,
    types: readRecord<TypeCount>(row.types),
    columns: readRecord<SegmentColumn>(row.columns),
    shapes: JSON.parse(row.shapes) as number[],
  };
}

/** Without a prototype: a type or a key may be called `constructor`. */
function readRecord<T>(json: string): Record<string, T> {
  return Object.assign(Object.create(null) as Record<string, T>, JSON.parse(json) as Record<string, T>);
}
