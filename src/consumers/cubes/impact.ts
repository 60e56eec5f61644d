import type { Micros } from '../../core/duration.js';
import { bucketText, withCondition } from '../../query/cubes/definition.js';
import { touchedOf } from '../../query/cubes/steps.js';
import { rowsOf } from '../../query/result/rows.js';
import type { Session } from '../../query/session.js';
import {
  readBuckets,
  readCube,
  reopenBuckets,
  type CubeBucket,
  type TouchedBucket,
} from '../../store/catalog/cubes.js';
import { listObjects, objectNamed } from '../../store/catalog/objects.js';
import { openForReading, openForWriting } from '../../store/database/store.js';
import { waitForCubes } from '../../store/locks/cube-lock.js';
import { cubeOf, CubeStore, type Cube } from './cube-store.js';

/** The events that a plan removes, as SQL. */
export interface RemovedEvents {
  readonly source: string;
  /** A condition over the rows of `source`. */
  readonly condition: string;
}

/** The effect of a removal on a cube. */
export interface CubeImpact {
  readonly name: string;
  /** True for a cube that each refresh computes as a whole: it will no longer count the removed events. */
  readonly isWhole: boolean;
  /** Keys of the buckets that lose events and were not frozen before, ascending. */
  readonly keys: readonly number[];
  /** Those of them whose events are all counted, as texts: they will be frozen. */
  readonly frozen: readonly string[];
  /** Those of `keys` that keep some raw events. */
  readonly partial: readonly string[];
  /** Those of `keys` that lose events which no refresh has counted. */
  readonly incomplete: readonly string[];
  /** Buckets that lose events and were frozen before. */
  readonly frozenBefore: number;
  /** Events that no refresh has counted yet. */
  readonly uncounted: number;
}

/** Returns the effect of a removal on each cube whose buckets lose events. */
export async function impactsOf(dir: string, session: Session, removed: RemovedEvents): Promise<CubeImpact[]> {
  const cubes = listObjects(dir, 'cube').map(cubeOf);
  const impacts: CubeImpact[] = [];
  for (const cube of cubes) {
    const impact = await impactOf(dir, session, cube, removed);
    if (impact) impacts.push(impact);
  }
  return impacts;
}

async function impactOf(
  dir: string,
  session: Session,
  { name, definition }: Cube,
  { source, condition }: RemovedEvents,
): Promise<CubeImpact | undefined> {
  const { plan } = definition;
  if (!plan)
    return { name, isWhole: true, keys: [], frozen: [], partial: [], incomplete: [], frozenBefore: 0, uncounted: 0 };
  const going = `id in (select id from ${source} where ${condition})`;
  const ask = async (sql: string): Promise<TouchedBucket[]> =>
    (await rowsOf(await session.query(withCondition(plan.touched, sql)))).map(touchedOf);
  const losing = (await ask(going)).sort((a, b) => a.bucket - b.bucket);
  if (losing.length === 0) return undefined;
  const keys = losing.map(one => one.bucket);
  const { lastId } = await session.refresh();
  const { cursorId, touched, stored } = stateOf(dir, name, keys);
  const among = await ask(`${plan.key} in (${keys.join(', ')})`);
  const present = new Map(among.map(one => [one.bucket, one.events]));
  const uncounted = new Set((await ask(`${going} and id > ${cursorId}`)).map(one => one.bucket));
  const live = losing.filter(one => (stored.get(one.bucket)?.state ?? 'live') === 'live');
  const isCounted = ({ bucket: key }: TouchedBucket): boolean => !uncounted.has(key) && !touched.has(key);
  const named = (buckets: readonly TouchedBucket[]): string[] => buckets.map(one => bucketText(definition, one.bucket));
  return {
    name,
    isWhole: false,
    keys: live.map(one => one.bucket),
    frozen: named(live.filter(isCounted)),
    partial: named(live.filter(one => (present.get(one.bucket) ?? 0) > one.events)),
    incomplete: named(live.filter(one => !isCounted(one))),
    frozenBefore: losing.length - live.length,
    uncounted: Math.max(0, lastId - cursorId),
  };
}

function stateOf(
  dir: string,
  name: string,
  keys: readonly number[],
): { cursorId: number; touched: ReadonlySet<number>; stored: ReadonlyMap<number, CubeBucket> } {
  const db = openForReading(dir);
  try {
    const { cursorId, touched } = readCube(db, name);
    const waiting = touched.filter(({ events }) => events > 0).map(({ bucket }) => bucket);
    return { cursorId, touched: new Set(waiting), stored: readBuckets(db, name, keys) };
  } finally {
    db.close();
  }
}

/**
 * Has buckets computed again from the raw events that are left, by the next refresh and by each query until then. For
 * buckets whose events were all there before the removal.
 */
export async function reopen(dir: string, { name, keys }: CubeImpact, now: () => Micros): Promise<void> {
  const unlock = await waitForCubes(dir, undefined);
  const db = openForWriting(dir);
  try {
    const store = new CubeStore(db, cubeOf(objectNamed(dir, 'cube', name)), now);
    store.change((catalog, cube, at) => reopenBuckets(catalog, cube, keys, at));
  } finally {
    db.close();
    unlock?.();
  }
}
