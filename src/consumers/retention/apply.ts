import { cubeOf } from '../cubes/cube-store.js';
import { impactsOf, type CubeImpact, type RemovedEvents } from '../cubes/impact.js';
import { refreshCube } from '../cubes/refresh.js';
import { listObjects, objectNamed } from '../../store/catalog/objects.js';
import { openSession, type Session } from '../../query/session.js';
import { hasLag, heldEvents, NOTHING_HELD, type HeldEvents } from './hold.js';
import { enforceMaxSize, eventsOf, planMaxSize, type SizePlan } from './max-size.js';
import { planPrune, type PrunePlan } from './plan.js';
import { ruleOf, type RetentionPolicy } from './policy.js';
import { prune, type Pruned, type PruneOptions } from './prune.js';
import { recordLosses, unsentAmong, type UnsentEvents } from './unsent.js';

/** The result of applying a policy, or of a dry run. */
export interface Applied {
  /** Events past their age; undefined when the policy has no ages. */
  readonly plan: PrunePlan | undefined;
  /** Undefined when no event was past its age, and in a dry run. */
  readonly pruned: Pruned | undefined;
  /** Events over the maximum size, after those past their age; undefined when the policy has no size. */
  readonly size: SizePlan | undefined;
  /** Undefined when the store was not over its maximum size, and in a dry run. */
  readonly cut: Pruned | undefined;
  /** Events that were removed, or would be, before remotes received them. */
  readonly unsent: readonly UnsentEvents[];
  /** True when events are kept because remotes have not received them. */
  readonly isHeld: boolean;
  /** In a dry run, the effects on cubes. */
  readonly impacts?: readonly CubeImpact[];
}

/**
 * Applies a policy: removes the events past their age, then the oldest ones over the maximum size.
 * @param isDryRun true to count without removing.
 * @throws TelemetryError as {@link prune} and openSession
 */
export async function applyPolicy(
  dir: string,
  policy: RetentionPolicy,
  options: PruneOptions,
  isDryRun = false,
): Promise<Applied> {
  const held = hasLag(dir) ? await heldEvents(dir, options) : NOTHING_HELD;
  const aged = await applyAges(dir, policy, options, { isDryRun, held });
  const { plan, pruned } = aged;
  const { isHeld } = held;
  const limits = { maxSize: policy.maxSize ?? Infinity, by: policy.by, held };
  const size =
    policy.maxSize === undefined || options.signal.aborted ? undefined : planMaxSize(dir, limits, options.now);
  const ofSize = size && eventsOf(dir, size);
  const unsentOfSize =
    ofSize && hasLag(dir) ? await withSession(dir, options, session => unsentAmong(dir, session, ofSize)) : [];
  const unsent = [...aged.unsent, ...unsentOfSize];
  if (isDryRun) {
    const impacts = await impactsOfRemoval(dir, [aged.events, ofSize], options);
    return { plan, pruned, size, cut: undefined, unsent, isHeld, impacts };
  }
  if (!size || size.events === 0) return { plan, pruned, size, cut: undefined, unsent, isHeld };
  const cut = await enforceMaxSize(dir, limits, options);
  recordLosses(dir, unsentOfSize, options.now());
  return { plan, pruned, size, cut, unsent, isHeld };
}

async function applyAges(
  dir: string,
  policy: RetentionPolicy,
  options: PruneOptions,
  { isDryRun, held }: { readonly isDryRun: boolean; readonly held: HeldEvents },
): Promise<Pick<Applied, 'plan' | 'pruned' | 'unsent'> & { readonly events?: RemovedEvents }> {
  if (Object.keys(policy.ages).length === 0) return { plan: undefined, pruned: undefined, unsent: [] };
  if (!isDryRun) await rollUp(dir, policy, options);
  const session = await openSession({ dir, signal: options.signal });
  try {
    const rule = { ...ruleOf(policy), held };
    const { plan, removal, events } = await planPrune(session, rule, options.now() / 1000);
    if (plan.removed.events === 0) return { plan, pruned: undefined, unsent: [], events };
    const unsent = await unsentAmong(dir, session, events);
    if (isDryRun) return { plan, pruned: undefined, unsent, events };
    const chosen = await removal();
    session.close();
    const pruned = await prune(dir, chosen, options);
    recordLosses(dir, unsent, options.now());
    return { plan, pruned, unsent };
  } finally {
    session.close();
  }
}

/** Opens a session for one call of `ask`, and closes it. Returns what `ask` returns. */
async function withSession<T>(
  dir: string,
  { signal }: PruneOptions,
  ask: (session: Session) => Promise<T>,
): Promise<T> {
  const session = await openSession({ dir, signal });
  try {
    return await ask(session);
  } finally {
    session.close();
  }
}

/** The effects on cubes of several removals together. */
async function impactsOfRemoval(
  dir: string,
  parts: readonly (RemovedEvents | undefined)[],
  { signal }: PruneOptions,
): Promise<CubeImpact[]> {
  const conditions = parts.flatMap(part => (part ? [`(${part.condition})`] : []));
  if (conditions.length === 0 || listObjects(dir, 'cube').length === 0) return [];
  const session = await openSession({ dir, signal });
  try {
    return await impactsOf(dir, session, { source: 'events', condition: conditions.join(' or ') });
  } finally {
    session.close();
  }
}

/**
 * Refreshes the cubes of a policy, so that they count the events that it removes.
 * @throws TelemetryError of a refresh.
 */
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
