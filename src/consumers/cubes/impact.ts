import type { Micros } from '../../core/duration.js';
import { keyOf, withCondition } from '../../query/cubes/definition.js';
import { touchedOf } from '../../query/cubes/steps.js';
import { rowsOf } from '../../query/result/rows.js';
import type { Session } from '../../query/session.js';
import { readBuckets, readCube, reopenBuckets } from '../../store/catalog/cubes.js';
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
  /** Keys of the buckets that lose events, and that the cube has counted. */
  readonly keys: readonly number[];
  /** Those of them that keep some raw events, as texts. */
  readonly partial: readonly string[];
  /** Buckets that lose events and were frozen before. */
  readonly frozenBefore: number;
  /** Events that no refresh has counted yet. */
  readonly uncounted: number;
}

/** Buckets that are named at most. */
const MAX_NAMED = 20;

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
  const { plan, columns, bucket } = definition;
  if (!plan) return { name, isWhole: true, keys: [], partial: [], frozenBefore: 0, uncounted: 0 };
  const ids = `select id from ${source} where ${condition}`;
  const going = (await rowsOf(await session.query(withCondition(plan.touched, `id in (${ids})`)))).map(touchedOf);
  if (going.length === 0) return undefined;
  const keys = going.map(one => one.bucket);
  const among = withCondition(plan.touched, `${plan.key} in (${keys.join(', ')})`);
  const all = new Map((await rowsOf(await session.query(among))).map(touchedOf).map(one => [one.bucket, one.events]));
  const { lastId } = await session.refresh();
  const db = openForReading(dir);
  try {
    const { cursorId } = readCube(db, name);
    const stored = readBuckets(db, name, keys);
    const counted = going.filter(one => stored.get(one.bucket)?.state === 'live');
    const partly = [...going]
      .sort((a, b) => a.bucket - b.bucket)
      .filter(one => stored.has(one.bucket) && (all.get(one.bucket) ?? 0) > one.events);
    const type = columns.find(column => column.name.toLowerCase() === bucket.toLowerCase())?.type ?? '';
    return {
      name,
      isWhole: false,
      keys: counted.map(one => one.bucket),
      partial: partly.slice(0, MAX_NAMED).map(one => keyText(type, one.bucket)),
      frozenBefore: going.filter(one => (stored.get(one.bucket)?.state ?? 'live') !== 'live').length,
      uncounted: Math.max(0, lastId - cursorId),
    };
  } finally {
    db.close();
  }
}

function keyText(type: string, key: number): string {
  const isTime = keyOf(type, 'x')?.startsWith('epoch_us') === true;
  return isTime ? new Date(key / 1000).toISOString().replace('.000Z', 'Z') : String(key);
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
