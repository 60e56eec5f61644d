import type { BucketPlan } from '../../query/cubes/definition.js';
import { remainingSql, touchedOf, touchedSql } from '../../query/cubes/steps.js';
import { rowsOf } from '../../query/result/rows.js';
import {
  readAllBuckets,
  setBucketStates,
  updateCube,
  type BucketState,
  type CubeBucket,
} from '../../store/catalog/cubes.js';
import type { RefreshParts } from './refresh-parts.js';

/** The buckets that have fewer events than they were computed from, and their states from now on. */
export async function lostBuckets(
  { session }: RefreshParts,
  plan: BucketPlan,
  buckets: readonly CubeBucket[],
): Promise<Map<number, BucketState>> {
  const lost = new Map<number, BucketState>();
  if (buckets.length === 0) return lost;
  const rows = await rowsOf(await session.query(remainingSql(plan, buckets)));
  const remaining = new Map(rows.map(([bucket, events]) => [Number(bucket), Number(events)]));
  for (const { bucket, events } of buckets) {
    const left = remaining.get(bucket) ?? 0;
    if (left < events) lost.set(bucket, left === 0 ? 'frozen' : 'partial');
  }
  return lost;
}

/** Freezes the buckets that have lost raw events. Returns how many. */
export async function freezeRemoved({ session, store }: RefreshParts, plan: BucketPlan): Promise<number> {
  const removals = store.removals();
  const { cursorId } = store.state();
  const buckets = store.read((db, name) => readAllBuckets(db, name, ['live', 'partial']));
  await session.refresh({ fromId: 0, toId: Infinity, windows: undefined });
  const rows = await rowsOf(await session.query(touchedSql(plan, 0, cursorId)));
  const remaining = new Map(rows.map(touchedOf).map(one => [one.bucket, one.events]));
  const states = new Map<number, BucketState>();
  for (const { bucket, events, state } of buckets) {
    const left = remaining.get(bucket) ?? 0;
    const now = left === 0 ? 'frozen' : 'partial';
    if (left < events && now !== state) states.set(bucket, now);
  }
  store.change((db, name) => {
    setBucketStates(db, name, states);
    updateCube(db, name, { removals });
  });
  return states.size;
}
