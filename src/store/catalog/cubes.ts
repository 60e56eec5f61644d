import type { Database } from 'better-sqlite3';
import type { Micros } from '../../core/duration.js';

/** The folder of a store with the results of its cubes. */
export const CUBE_FOLDER = 'cubes';

/**
 * The state of a stored bucket. `frozen`: raw events of it were removed, so it is never computed again. `partial`: the
 * same, while some of its raw events are still there. `incomplete`: the same, and events were removed before a refresh
 * had counted them.
 */
export type BucketState = (typeof BUCKET_STATES)[number];

const BUCKET_STATES = ['live', 'frozen', 'partial', 'incomplete'] as const;

/** A bucket of a cube. Its key is the bucket's value as a number: microseconds of a time, or the whole number itself. */
export interface CubeBucket {
  readonly bucket: number;
  /** The file with its rows. */
  readonly file: number;
  /** Raw events that it was computed from. */
  readonly events: number;
  /** The highest id that it was computed with. */
  readonly uptoId: number;
  /** Least and greatest time of these events. */
  readonly timeFrom: Micros;
  readonly timeTo: Micros;
  readonly state: BucketState;
}

/**
 * The number of events of a touched bucket that nothing is known of. Adding events leaves it negative: a store has fewer.
 */
export const UNKNOWN_EVENTS = -(2 ** 52);

/** A bucket that events have touched since it was computed. */
export interface TouchedBucket {
  readonly bucket: number;
  /** Events that have touched it; negative when they have to be counted. */
  readonly events: number;
  readonly timeFrom: Micros;
  readonly timeTo: Micros;
}

/** A Parquet file with rows of a cube. */
export interface CubeFile {
  readonly id: number;
  /** Relative to the store. */
  readonly file: string;
  readonly rows: number;
  readonly bytes: number;
  /** Buckets whose rows in this file a newer file replaces. */
  readonly dead: readonly number[];
}

/** A file that is about to be registered. */
export type NewCubeFile = Pick<CubeFile, 'file' | 'rows' | 'bytes'>;

/** The state of a cube, its buckets aside. */
export interface CubeState {
  /** The last id that a refresh has seen; 0 before the first. */
  readonly cursorId: number;
  /** The store's count of removals that the bucket states follow. */
  readonly removals: number;
  readonly refreshedAt: Micros | null;
  /** Late events of frozen buckets: in no bucket. */
  readonly lateDropped: number;
  /** Buckets below this key are past `--keep`. */
  readonly keptFrom: number | null;
  readonly error: string | null;
  readonly note: string | null;
  readonly files: readonly CubeFile[];
  readonly touched: readonly TouchedBucket[];
}

const NEW_STATE = {
  cursorId: 0,
  removals: 0,
  refreshedAt: null,
  lateDropped: 0,
  keptFrom: null,
  error: null,
  note: null,
} as const;

/** The state of a cube; that of a new one when it has not been refreshed. Call it within a read transaction. */
export function readCube(db: Database, name: string): CubeState {
  const row = db
    .prepare<[string], Omit<CubeState, 'files' | 'touched'>>(
      `select cursor_id as cursorId, removals, refreshed_at as refreshedAt, late_dropped as lateDropped,
         kept_from as keptFrom, error, note from cubes where name = ?`,
    )
    .get(name);
  const dead = db.prepare<[number], number>('select bucket from cube_dead where file = ? order by bucket').pluck();
  const files = db
    .prepare<[string], Omit<CubeFile, 'dead'>>(
      'select id, file, rows, bytes from cube_files where cube = ? and dropped_at is null order by id',
    )
    .all(name)
    .map(file => ({ ...file, dead: dead.all(file.id) }));
  const touched = db
    .prepare<[string], TouchedBucket>(
      `select bucket, events, time_from as timeFrom, time_to as timeTo from cube_touched where cube = ?
       order by bucket desc`,
    )
    .all(name);
  return { ...NEW_STATE, ...row, files, touched };
}

const BUCKET_COLUMNS = 'bucket, file, events, upto_id as uptoId, time_from as timeFrom, time_to as timeTo, state';

/** The stored buckets with these keys, by key. */
export function readBuckets(db: Database, cube: string, keys: readonly number[]): Map<number, CubeBucket> {
  const rows = db
    .prepare<[string, string], CubeBucket>(
      `select ${BUCKET_COLUMNS} from cube_buckets where cube = ? and bucket in (select value from json_each(?))`,
    )
    .all(cube, JSON.stringify(keys));
  return new Map(rows.map(row => [row.bucket, row]));
}

/** All stored buckets, ascending; only those of `states` when it is given. */
export function readAllBuckets(db: Database, cube: string, states?: readonly BucketState[]): CubeBucket[] {
  return db
    .prepare<[string, string], CubeBucket>(
      `select ${BUCKET_COLUMNS} from cube_buckets where cube = ? and state in (select value from json_each(?))
       order by bucket`,
    )
    .all(cube, JSON.stringify(states ?? BUCKET_STATES));
}

/** The number of stored buckets in each state. */
export function countBuckets(db: Database, cube: string): Record<BucketState, number> {
  const rows = db
    .prepare<[string], { state: BucketState; count: number }>(
      'select state, count(*) as count from cube_buckets where cube = ? group by state',
    )
    .all(cube);
  const counts = Object.fromEntries(rows.map(({ state, count }) => [state, count]));
  return { live: 0, frozen: 0, partial: 0, incomplete: 0, ...counts };
}

/** Files of cubes, in use or waiting for the end of a query. */
export function readCubeFiles(db: Database): { id: number; file: string; droppedAt: Micros | null }[] {
  return db
    .prepare<[], { id: number; file: string; droppedAt: number | null }>(
      'select id, file, dropped_at as droppedAt from cube_files',
    )
    .all();
}

/** Removes the state of a cube, within the caller's transaction. Its files stay until no query reads them. */
export function dropCube(db: Database, name: string, now: Micros): void {
  dropBuckets(db, name, now);
  db.prepare('delete from cubes where name = ?').run(name);
}

/** Removes all buckets and files of a cube, within the caller's transaction. */
export function dropBuckets(db: Database, name: string, now: Micros): void {
  for (const { id } of readCube(db, name).files) dropFile(db, id, now);
  for (const table of ['cube_buckets', 'cube_touched']) db.prepare(`delete from ${table} where cube = ?`).run(name);
}

export function dropFile(db: Database, id: number, now: Micros): void {
  db.prepare('update cube_files set dropped_at = ? where id = ?').run(now, id);
  db.prepare('delete from cube_dead where file = ?').run(id);
}

/** Registers a file, within the caller's transaction. Returns its number. */
export function insertFile(db: Database, cube: string, { file, rows, bytes }: NewCubeFile): number {
  const { lastInsertRowid } = db
    .prepare('insert into cube_files(cube, file, rows, bytes) values (?, ?, ?, ?)')
    .run(cube, file, rows, bytes);
  return Number(lastInsertRowid);
}

/** Stores the row of a cube, within the caller's transaction; omitted parts stay. */
export function updateCube(db: Database, name: string, change: Partial<Omit<CubeState, 'files' | 'touched'>>): void {
  const { cursorId, removals, refreshedAt, lateDropped, keptFrom, error, note } = readCube(db, name);
  db.prepare(
    `insert or replace into cubes(name, cursor_id, removals, refreshed_at, late_dropped, kept_from, error, note)
     values (@name, @cursorId, @removals, @refreshedAt, @lateDropped, @keptFrom, @error, @note)`,
  ).run({ cursorId, removals, refreshedAt, lateDropped, keptFrom, error, note, ...change, name });
}

/** Adds to the buckets that have to be computed, within the caller's transaction. */
export function touchBuckets(db: Database, cube: string, touched: readonly TouchedBucket[]): void {
  const touch = db.prepare(
    `insert into cube_touched(cube, bucket, events, time_from, time_to) values (@cube, @bucket, @events, @timeFrom, @timeTo)
     on conflict do update set events = events + excluded.events, time_from = min(time_from, excluded.time_from),
       time_to = max(time_to, excluded.time_to)`,
  );
  for (const bucket of touched) touch.run({ ...bucket, cube });
}

/**
 * Replaces buckets by those of a file, within the caller's transaction, and removes them from the touched ones. A file
 * that has no bucket left is dropped.
 */
export function replaceBuckets(db: Database, cube: string, buckets: readonly CubeBucket[], now: Micros): void {
  const before = readBuckets(
    db,
    cube,
    buckets.map(({ bucket }) => bucket),
  );
  const kill = db.prepare('insert or ignore into cube_dead(file, bucket) values (?, ?)');
  for (const { bucket, file } of before.values()) kill.run(file, bucket);
  const store = db.prepare(
    `insert or replace into cube_buckets(cube, bucket, file, events, upto_id, time_from, time_to, state)
     values (@cube, @bucket, @file, @events, @uptoId, @timeFrom, @timeTo, @state)`,
  );
  const untouch = db.prepare('delete from cube_touched where cube = ? and bucket = ?');
  for (const bucket of buckets) {
    store.run({ ...bucket, cube });
    untouch.run(cube, bucket.bucket);
  }
  dropEmptyFiles(db, cube, now);
}

/** Drops the files without a bucket, within the caller's transaction. */
export function dropEmptyFiles(db: Database, cube: string, now: Micros): void {
  const unused = db
    .prepare<[string], number>(
      `select id from cube_files where cube = ? and dropped_at is null
         and not exists (select 1 from cube_buckets where file = cube_files.id)`,
    )
    .pluck()
    .all(cube);
  for (const id of unused) dropFile(db, id, now);
}

/** Changes the state of buckets and removes them from the touched ones, within the caller's transaction. */
export function setBucketStates(db: Database, cube: string, states: ReadonlyMap<number, BucketState>): void {
  const update = db.prepare('update cube_buckets set state = ? where cube = ? and bucket = ?');
  const untouch = db.prepare('delete from cube_touched where cube = ? and bucket = ?');
  for (const [bucket, state] of states) {
    update.run(state, cube, bucket);
    untouch.run(cube, bucket);
  }
}

/** Removes the buckets below a key, within the caller's transaction. */
export function dropBucketsBelow(db: Database, cube: string, key: number, now: Micros): void {
  db.prepare(
    `insert or ignore into cube_dead(file, bucket) select file, bucket from cube_buckets where cube = ? and bucket < ?`,
  ).run(cube, key);
  for (const table of ['cube_buckets', 'cube_touched']) {
    db.prepare(`delete from ${table} where cube = ? and bucket < ?`).run(cube, key);
  }
  dropEmptyFiles(db, cube, now);
}

/**
 * Takes buckets as touched and never computed before, within the caller's transaction: the next refresh computes them from
 * the events that there are, and takes none for lost.
 */
export function reopenBuckets(db: Database, cube: string, keys: readonly number[], now: Micros): void {
  const forget = db.prepare('update cube_touched set events = ? where cube = ? and bucket = ?');
  for (const key of keys) forget.run(UNKNOWN_EVENTS, cube, key);
  const stored = readBuckets(db, cube, keys);
  const kill = db.prepare('insert or ignore into cube_dead(file, bucket) values (?, ?)');
  const remove = db.prepare('delete from cube_buckets where cube = ? and bucket = ?');
  for (const { bucket, file, timeFrom, timeTo } of stored.values()) {
    touchBuckets(db, cube, [{ bucket, events: UNKNOWN_EVENTS, timeFrom, timeTo }]);
    kill.run(file, bucket);
    remove.run(cube, bucket);
  }
  dropEmptyFiles(db, cube, now);
}
