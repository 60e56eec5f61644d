import { TelemetryError } from '../../../core/errors.js';
import { cubeOf } from '../../../consumers/cubes/cube-store.js';
import { reopen, type CubeImpact } from '../../../consumers/cubes/impact.js';
import { refreshCube } from '../../../consumers/cubes/refresh.js';
import { objectNamed } from '../../../store/catalog/objects.js';
import type { Context } from '../../shared/context.js';
import { counted } from '../../shared/count.js';
import type { PruneOptions } from './options.js';

/** Refreshes the cubes of --rollup. A dry run refreshes none. @throws TelemetryError `failure` for a name without a cube. */
export async function rollUp({ store, rollups, dryRun }: PruneOptions, context: Context): Promise<void> {
  const cubes = rollups.map(name => cubeOf(objectNamed(store, 'cube', name)));
  if (dryRun) return;
  for (const cube of cubes) await refresh(store, cube, context);
}

async function refresh(store: string, cube: ReturnType<typeof cubeOf>, context: Context): Promise<void> {
  const { signal } = context;
  const done = await refreshCube(store, cube, { signal, now: () => context.now() * 1000 });
  if (!done) throw new TelemetryError('interrupted', 'the refresh was interrupted');
}

/**
 * Has the affected buckets of cubes computed from the events that there are. Call it before the removal, so that a prune
 * that is ended leaves none frozen, and after it, for those that a server has computed in between.
 */
export async function reopenBuckets(
  impacts: readonly CubeImpact[],
  { store }: Pick<PruneOptions, 'store'>,
  context: Context,
): Promise<void> {
  for (const impact of impacts) {
    if (!impact.isWhole) await reopen(store, impact, () => context.now() * 1000);
  }
}

/** Removes the events from the cubes too, after they are gone. */
export async function removeFromCubes(
  impacts: readonly CubeImpact[],
  { store }: Pick<PruneOptions, 'store'>,
  context: Context,
): Promise<void> {
  await reopenBuckets(impacts, { store }, context);
  for (const impact of impacts) {
    await refresh(store, cubeOf(objectNamed(store, 'cube', impact.name)), context);
  }
}

/** The effect of a prune on a cube, in lines for stderr. */
export function impactText(impact: CubeImpact, { andCubes, where, rollups }: PruneOptions): string {
  const { name, isWhole, keys, partial, frozenBefore, uncounted } = impact;
  if (isWhole)
    return `note: the cube ${name} is computed as a whole: its next refresh does not count the removed events`;
  const buckets = counted(keys.length, 'bucket');
  const lines = [
    andCubes
      ? `note: ${buckets} of the cube ${name} will be computed again from the events that are left`
      : `note: ${buckets} of the cube ${name} will be frozen: ${keys.length === 1 ? 'it keeps its' : 'they keep their'} rows`,
    ...(partial.length > 0 && !andCubes
      ? [`note: partly removed are the buckets ${partial.join(', ')} of ${name}`]
      : []),
  ];
  const still = andCubes ? frozenBefore : frozenBefore + (where === undefined ? 0 : keys.length);
  if (still > 0) {
    lines.push(
      `note: ${counted(still, 'frozen bucket')} of the cube ${name} will still count the removed events` +
        (andCubes || still === frozenBefore ? '' : '; --and-cubes computes the others again'),
    );
  }
  if (uncounted > 0 && !rollups.includes(name)) {
    lines.push(
      `warning: ${name} has not counted ${counted(uncounted, 'event')} yet; to refresh it first: --rollup ${name}`,
    );
  }
  return lines.join('\n');
}

/** The same for programs. */
export function impactJson({ name, isWhole, keys, partial, frozenBefore, uncounted }: CubeImpact) {
  return { name, whole: isWhole, buckets: keys.length, partial, frozen_before: frozenBefore, uncounted };
}
