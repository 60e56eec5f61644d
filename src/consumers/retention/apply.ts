import { cubeOf } from '../cubes/cube-store.js';
import { refreshCube } from '../cubes/refresh.js';
import { objectNamed } from '../../store/catalog/objects.js';
import { openSession } from '../../query/session.js';
import { enforceMaxSize, planMaxSize, type SizePlan } from './max-size.js';
import { planPrune, type PrunePlan } from './plan.js';
import { ruleOf, type RetentionPolicy } from './policy.js';
import { prune, type Pruned, type PruneOptions } from './prune.js';

/** The result of applying a policy. */
export interface Applied {
  /** Events past their age; undefined when the policy has no ages. */
  readonly plan: PrunePlan | undefined;
  /** Undefined when nothing was too old, or it was only asked. */
  readonly pruned: Pruned | undefined;
  /** Events over the maximum size, after those past their age; undefined when the policy has no size. */
  readonly size: SizePlan | undefined;
  readonly cut: Pruned | undefined;
}

/**
 * Removes what a policy says is too old, and then what is too much.
 * @param isDryRun whether to find out only.
 * @throws TelemetryError as {@link prune} and openSession
 */
export async function applyPolicy(
  dir: string,
  policy: RetentionPolicy,
  options: PruneOptions,
  isDryRun = false,
): Promise<Applied> {
  const { plan, pruned } = await applyAges(dir, policy, options, isDryRun);
  const { maxSize, by } = policy;
  if (maxSize === undefined || options.signal.aborted) return { plan, pruned, size: undefined, cut: undefined };
  const size = planMaxSize(dir, maxSize, by, options.now);
  if (isDryRun || size.events === 0) return { plan, pruned, size, cut: undefined };
  return { plan, pruned, size, cut: await enforceMaxSize(dir, maxSize, by, options) };
}

async function applyAges(
  dir: string,
  policy: RetentionPolicy,
  options: PruneOptions,
  isDryRun: boolean,
): Promise<Pick<Applied, 'plan' | 'pruned'>> {
  if (Object.keys(policy.ages).length === 0) return { plan: undefined, pruned: undefined };
  if (!isDryRun) await rollUp(dir, policy, options);
  const session = await openSession({ dir, signal: options.signal });
  try {
    const { plan, removal } = await planPrune(session, ruleOf(policy), options.now() / 1000);
    if (isDryRun || plan.removed.events === 0) return { plan, pruned: undefined };
    const events = await removal();
    session.close();
    return { plan, pruned: await prune(dir, events, options) };
  } finally {
    session.close();
  }
}

/** Brings the cubes of a policy up to the present, so that they count what it removes. @throws TelemetryError of a refresh. */
async function rollUp(
  dir: string,
  { rollups = {} }: RetentionPolicy,
  { signal, now, engine }: PruneOptions,
): Promise<void> {
  for (const name of new Set(Object.values(rollups))) {
    const cube = cubeOf(objectNamed(dir, 'cube', name));
    await refreshCube(dir, cube, { signal, now, memory: engine?.memory });
  }
}
