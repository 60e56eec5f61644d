import type { Micros } from '../../core/duration.js';
import { bucketText } from '../../query/cubes/definition.js';
import { changedViews } from '../../query/cubes/health.js';
import { countBuckets, readAllBuckets, readCube, type BucketState } from '../../store/catalog/cubes.js';
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
  /** The numbers of buckets; undefined for a cube that is computed as a whole. */
  readonly buckets: Readonly<Record<BucketState, number>> | undefined;
  /** Buckets that have lost some of their raw events, as texts. */
  readonly partial: readonly string[];
  /** Buckets that lost raw events before a refresh had counted them, as texts. */
  readonly incomplete: readonly string[];
  /** Buckets that wait to be computed. */
  readonly touched: number;
  readonly lateDropped: number;
  /** Views that it reads and that were replaced or removed since its last refresh. */
  readonly changedViews: readonly string[];
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
  const namesOf = (bucketState: BucketState): string[] =>
    reader
      .catalog(db => readAllBuckets(db, cube.name, [bucketState]))
      .map(({ bucket }) => bucketText(cube.definition, bucket));
  return {
    cube,
    cursorId,
    lag: Math.max(0, reader.lastId() - cursorId),
    refreshedAt,
    buckets: cube.definition.plan && reader.catalog(db => countBuckets(db, cube.name)),
    partial: namesOf('partial'),
    incomplete: namesOf('incomplete'),
    touched: touched.length,
    lateDropped,
    changedViews: changedViews(cube.definition, reader.objects()),
    rows: sum(({ rows }) => rows),
    files: files.length,
    bytes: sum(({ bytes }) => bytes),
    error,
    note,
  };
}
