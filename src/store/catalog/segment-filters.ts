import type { Database } from 'better-sqlite3';

/** The filter of a column of a segment, encoded: see archive/filters/column-filter.ts. */
export interface ColumnFilter {
  /** The name of the flat column. */
  readonly column: string;
  readonly filter: Uint8Array;
}

/** The filters of a segment: they tell which texts are surely not in it. */
export interface SegmentFilters {
  /** The version of DuckDB's hash function and of their layout: others are as good as none. */
  readonly version: string;
  /** One for each column that is worth it, which may be none. */
  readonly columns: readonly ColumnFilter[];
}

/** Stores the filters of a segment, replacing earlier ones, in the caller's transaction. */
export function writeFilters(db: Database, segment: number | bigint, { version, columns }: SegmentFilters): void {
  deleteFilters(db, segment);
  const insert = db.prepare('insert into segment_filters(segment, column_name, filter) values (?, ?, ?)');
  for (const { column, filter } of columns) insert.run(segment, column, filter);
  db.prepare('update segments set filter_version = ? where id = ?').run(version, segment);
}

/** Deletes the filters of a segment, within the caller's transaction. */
export function deleteFilters(db: Database, segment: number | bigint): void {
  db.prepare('delete from segment_filters where segment = ?').run(segment);
}

/** The ids of the segments that have no filters of this version. */
export function readUnfiltered(db: Database, version: string): Set<number> {
  const sql = 'select id from segments where dropped_at is null and filter_version is not ?';
  return new Set(db.prepare<[string], number>(sql).pluck().all(version));
}

/** The filter of a column of a segment; undefined when it has none of this version. */
export function readFilter(db: Database, segment: number, column: string, version: string): Uint8Array | undefined {
  return db
    .prepare<[number, string, string], Uint8Array>(
      `select cast(filter as blob) from segment_filters join segments on id = segment
       where segment = ? and column_name = ? and filter_version = ?`,
    )
    .pluck()
    .get(segment, column, version);
}

/** True when some segment has filters. */
export function hasFilters(db: Database): boolean {
  return db.prepare('select 1 from segment_filters limit 1').pluck().get() === 1;
}
