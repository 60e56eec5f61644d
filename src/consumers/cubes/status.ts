import type { Micros } from '../../core/duration.js';
import { countBuckets, readCube, type BucketState } from '../../store/catalog/cubes.js';
import { readObjects } from '../../store/catalog/objects.js';
import { openReader, type JournalReader } from '../../store/journal/reader.js';
import { cubeOf, type Cube } from './cube-store.js';

/** The state of a cube for people and programs. */
export interface CubeStatus {
  readonly cube: Cube;
  /** The last id that a refresh has seen. */
  readonly cursorId: number;
  /** Ids past the cursor: events that each query takes in by itself. */
  readonly lag: number;
  readonly refreshedAt: Micros | null;
  readonly buckets: Readonly<Record<BucketState, number>>;
  /** Buckets that wait to be computed. */
  readonly touched: number;
  readonly lateDropped: number;
  readonly rows: number;
  readonly files: number;
  /** Of the files. */
  readonly bytes: number;
  readonly error: string | null;
  readonly note: string | null;
}

/** The states of all cubes of the store at `dir`, by name. @throws TelemetryError `noStore`, `failure`. */
export function cubeStatuses(dir: string): CubeStatus[] {
  const reader = openReader(dir);
  try {
    reader.begin();
    return reader
      .catalog(readObjects)
      .flatMap(object => (object.kind === 'cube' ? [statusOf(reader, cubeOf(object))] : []));
  } finally {
    reader.close();
  }
}

function statusOf(reader: JournalReader, cube: Cube): CubeStatus {
  const { cursorId, refreshedAt, touched, lateDropped, error, note, files } = reader.catalog(db =>
    readCube(db, cube.name),
  );
  const sum = (of: (file: (typeof files)[number]) => number): number =>
    files.reduce((total, file) => total + of(file), 0);
  return {
    cube,
    cursorId,
    lag: Math.max(0, reader.lastId() - cursorId),
    refreshedAt,
    buckets: reader.catalog(db => countBuckets(db, cube.name)),
    touched: touched.length,
    lateDropped,
    rows: sum(({ rows }) => rows),
    files: files.length,
    bytes: sum(({ bytes }) => bytes),
    error,
    note,
  };
}
