import { TelemetryError } from '../../../core/errors.js';
import { cubeOf } from '../../../consumers/cubes/cube-store.js';
import { reopen, type CubeImpact } from '../../../consumers/cubes/impact.js';
import { refreshCube } from '../../../consumers/cubes/refresh.js';
import { objectNamed } from '../../../store/catalog/objects.js';
import type { Context } from '../../shared/context.js';
import { counted } from '../../shared/count.js';
import type { PruneOptions } from './options.js';

/**
 * Refreshes the cubes of --rollup. A dry run refreshes none.
 * @throws TelemetryError `failure` for a name without a cube.
 */
export async function rollUp({ store, rollups, dryRun }: PruneOptions, context: Context): Promise<void> {
  const cubes = rollups.map(name => cubeOf(objectNamed(store, 'cube', name)));
  if (dryRun) return;
  for (const cube of cubes) await refresh(store, cube, context);
}

async function refresh(store: string, cube: ReturnType<typeof cubeOf>, context: Context): Promise<void> {
  const { signal } = context;
  const done = await refreshCube(store, cube, { signal, now: () => context.now() * 1000 });
  if (!done)
    throw new TelemetryError('interrupted', 'the refresh was interrupted', { remedy: 'Run it again to continue.' });
}

/**
 * Has the affected buckets of cubes computed from the events that there are. Call it before the removal, so that a
 * prune that is ended leaves none frozen, and after it, for those that a server has computed in between.
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

/** Removes the events from the cubes as well, after they were removed from the store. */
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

/** The effect of a removal on a cube, in lines for stderr. */
export function impactText(
  impact: CubeImpact,
  { andCubes = false, where, rollups = [] }: Partial<Pick<PruneOptions, 'andCubes' | 'where' | 'rollups'>>,
  refreshFirst = `--rollup ${impact.name}`,
): string {
  const { name, isWhole, keys, partial, frozenBefore } = impact;
  if (isWhole)
    return `note: the cube ${name} is computed as a whole: its next refresh does not count the removed events`;
  const isFirst = rollups.includes(name);
  const frozen = isFirst ? [...impact.frozen, ...impact.incomplete].sort() : impact.frozen;
  const incomplete = isFirst ? [] : impact.incomplete;
  const lines: string[] = [];
  if (andCubes && keys.length > 0) {
    lines.push(
      `note: ${counted(keys.length, 'bucket')} of the cube ${name} will be computed again from the events that are left`,
    );
  }
  if (!andCubes && frozen.length > 0) {
    const keep = frozen.length === 1 ? 'it keeps its rows' : 'they keep their rows';
    lines.push(
      `note: ${counted(frozen.length, 'bucket')} of the cube ${name} will be frozen, ${keep}: ${bucketsText(frozen)}`,
    );
  }
  if (!andCubes && partial.length > 0) {
    lines.push(
      `note: ${counted(partial.length, 'bucket')} of the cube ${name} will lose only some events: ${bucketsText(partial)}`,
    );
  }
  if (!andCubes && incomplete.length > 0) {
    lines.push(
      `warning: ${counted(incomplete.length, 'bucket')} of the cube ${name} will be incomplete, as it has not counted all ` +
        `events yet: ${bucketsText(incomplete)}; to refresh it first: ${refreshFirst}`,
    );
  }
  const again = where === undefined || andCubes ? 0 : frozen.length;
  const still = frozenBefore + again;
  if (still > 0) {
    const remedy = again === 0 ? '' : `; --and-cubes computes ${again === still ? 'them' : `${again} of them`} again`;
    lines.push(
      `note: ${counted(still, 'frozen bucket')} of the cube ${name} will still count the removed events${remedy}`,
    );
  }
  return lines.join('\n');
}

/** Buckets that a line names one by one; of more, the first and the last. */
const MAX_NAMED = 6;

function bucketsText(buckets: readonly string[]): string {
  return buckets.length <= MAX_NAMED ? buckets.join(', ') : `${buckets[0]!} to ${buckets.at(-1)!}`;
}

/** The same for programs. */
export function impactJson({ name, isWhole, keys, frozen, partial, incomplete, frozenBefore, uncounted }: CubeImpact) {
  return {
    name,
    whole: isWhole,
    buckets: keys.length,
    frozen,
    partial,
    incomplete,
    frozen_before: frozenBefore,
    uncounted,
  };
}
