import { faultPoint } from '../../core/fault-point.js';
import type { BucketPlan } from '../../query/cubes/definition.js';
import { touchedOf, touchedSql } from '../../query/cubes/steps.js';
import { rowsOf } from '../../query/result/rows.js';
import { readBuckets, touchBuckets, updateCube, type TouchedBucket } from '../../store/catalog/cubes.js';
import type { CubeStore } from './cube-store.js';
import type { RefreshParts } from './refresh-parts.js';

/** Buckets that one transaction stores: the writer of events waits for it, some milliseconds. */
export const BATCH_BUCKETS = 2000;

/**
 * Moves the cursor to what a snapshot has, and notes the buckets that the events up to there touch, with the number of
 * these events. Returns the number of all of them.
 */
export async function noteTouched({ session, store }: RefreshParts, plan: BucketPlan): Promise<number> {
  const { cursorId: seenId, keptFrom, lateDropped } = store.state();
  const removals = store.removals();
  const { lastId } = await session.refresh({ fromId: 0, toId: Infinity, windows: undefined });
  if (lastId <= seenId) return 0;
  await session.refresh({ fromId: seenId + 1, toId: lastId });
  const all = (await rowsOf(await session.query(touchedSql(plan, seenId, lastId)))).map(touchedOf);
  const keys = all.map(({ bucket }) => bucket);
  const stored = store.read((db, name) => readBuckets(db, name, keys));
  const isOpen = ({ bucket }: TouchedBucket): boolean =>
    bucket >= (keptFrom ?? -Infinity) && (stored.get(bucket)?.state ?? 'live') === 'live';
  const touched = all.filter(isOpen);
  // From the first event on, it is what frozen buckets have that is left, and not late.
  const late = seenId === 0 ? 0 : all.filter(one => !isOpen(one)).reduce((sum, { events }) => sum + events, 0);
  if (touched.length > BATCH_BUCKETS) touchInParts(store, touched);
  faultPoint('cube:before-cursor');
  store.change((db, name) => {
    touchBuckets(db, name, touched);
    const isFirst = seenId === 0;
    updateCube(db, name, {
      cursorId: lastId,
      lateDropped: lateDropped + late,
      ...(isFirst && { removals }),
    });
  });
  faultPoint('cube:after-cursor');
  return all.reduce((sum, { events }) => sum + events, 0);
}

/** Notes buckets as touched, in transactions that are each short. @param events as {@link TouchedBucket.events}. */
export function touchInParts(store: CubeStore, buckets: readonly TouchedBucket[], events = 0): void {
  for (let at = 0; at < buckets.length; at += BATCH_BUCKETS) {
    const part = buckets.slice(at, at + BATCH_BUCKETS).map(one => ({ ...one, events }));
    store.change((db, name) => touchBuckets(db, name, part));
  }
}
