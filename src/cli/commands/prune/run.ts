import { TelemetryError } from '../../../core/errors.js';
import { typesMeant } from '../../../core/type-words.js';
import { readServerFile } from '../../../client/server-file.js';
import type { OnDamaged } from '../../../query/view/segment-health.js';
import { openSession } from '../../../query/session.js';
import { render } from '../../../render/formats.js';
import { planPrune, type PrunePlan, type Removal } from '../../../consumers/retention/plan.js';
import { impactsOf, type CubeImpact } from '../../../consumers/cubes/impact.js';
import { prune, type Pruned } from '../../../consumers/retention/prune.js';
import { recordLosses, unsentAmong, type UnsentEvents } from '../../../consumers/retention/unsent.js';
import { reasonForNothing } from '../../../consumers/retention/reason.js';
import type { Context } from '../../shared/context.js';
import { endInTime } from '../../shared/forced-end.js';
import { damagedSegmentWarning } from '../../shared/damaged-segment-warning.js';
import { counted } from '../../shared/count.js';
import { printReport, rowsOfJson } from '../../shared/report.js';
import type { PruneOptions } from './options.js';
import { impactJson, impactText, removeFromCubes, reopenBuckets, rollUp } from './cubes.js';
import { outcome, planTable, pruneJson, sizeOf, unsentJson, unsentText } from './report.js';

export async function run(options: PruneOptions, context: Context): Promise<void> {
  refuseUnclear(options, context);
  const { out, err } = context.streams;
  const isTable = options.format === 'table';
  const report = (text: string, details: Parameters<typeof pruneJson>[1]): Promise<void> =>
    printReport(options.format, context, {
      table: () => out.write(`${text}\n`),
      json: { ...pruneJson(plan, details), cubes: impacts.map(impactJson), unsent: unsent.map(unsentJson) },
      rows: () => rowsOfJson(plan.types),
    });
  const { dryRun } = options;

  const onDamaged = damagedSegmentWarning(context.streams);
  await rollUp(options, context);
  const { plan, removal, impacts, unsent } = await endInTime(context.signal, () =>
    makePlan(options, context, onDamaged),
  );
  await warn(plan, options, context);
  await warnOfUnsent(unsent, options, context);
  for (const impact of impacts) await context.streams.err.write(`${impactText(impact, options)}\n`);
  if (plan.removed.events === 0) {
    const reason = reasonForNothing(options, plan.survivors);
    await report(`nothing to remove: ${reason}`, { dryRun, reason });
    return;
  }
  if (isTable) await showPlan(plan, context);
  if (!removal) {
    await report('dry run: nothing was removed', { dryRun });
    return;
  }
  if (!options.yes && !(await confirmed(plan, context))) {
    await err.write('nothing was removed\n');
    return;
  }
  if (options.andCubes) await reopenBuckets(impacts, options, context);
  const pruned = await removeEvents(removal, plan, options, context);
  recordLosses(options.store, unsent, context.now() * 1000);
  for (const { segment, problem } of pruned.leftOut) onDamaged(segment, problem);
  if (options.andCubes) await removeFromCubes(impacts, options, context);
  await report(outcome(pruned, plan.removed), { dryRun, pruned });
  if (!pruned.isComplete)
    throw new TelemetryError('interrupted', 'the prune was interrupted', {
      remedy: 'Run it again to remove the rest.',
    });
}

function refuseUnclear({ keep, where, olderThan, dryRun, yes }: PruneOptions, { streams }: Context): void {
  if (keep.length === 0 && where === undefined && olderThan === undefined) {
    throw new TelemetryError('usage', 'prune needs a rule that selects events', {
      remedy: 'Give at least one of --keep, --where and --older-than.',
    });
  }
  if (!dryRun && !yes && !(streams.stdinIsTerminal && streams.errIsTerminal)) {
    throw new TelemetryError('usage', 'cannot ask for confirmation without a terminal', {
      remedy: 'Give --yes to remove the events, or --dry-run to preview them.',
    });
  }
}

/** Counts the events to remove, and lists them unless it is a dry run. Closes the session, as a prompt may stay open for hours. */
async function makePlan(
  options: PruneOptions,
  context: Context,
  onDamaged: OnDamaged,
): Promise<{
  plan: PrunePlan;
  removal?: Removal;
  impacts: readonly CubeImpact[];
  unsent: readonly UnsentEvents[];
}> {
  const progress = await context.streams.progress('counting events');
  try {
    const session = await openSession({ dir: options.store, signal: context.signal, onDamaged });
    try {
      const planned = await planPrune(session, options, context.now());
      const { plan } = planned;
      if (plan.removed.events === 0) return { plan, impacts: [], unsent: [] };
      const unsent = await unsentAmong(options.store, session, planned.events);
      const impacts = await impactsOf(options.store, session, planned.events);
      return options.dryRun ? { plan, impacts, unsent } : { plan, impacts, unsent, removal: await planned.removal() };
    } finally {
      session.close();
    }
  } finally {
    progress.stop();
  }
}

/**
 * Names the remotes that have not received some of the events.
 * @throws TelemetryError `failure` unless it is a dry run, or --drop-unsent is given.
 */
async function warnOfUnsent(
  unsent: readonly UnsentEvents[],
  { dryRun, dropUnsent }: PruneOptions,
  { streams }: Context,
): Promise<void> {
  if (unsent.length === 0) return;
  const texts = unsent.map(unsentText);
  if (!dryRun && !dropUnsent) {
    throw new TelemetryError('failure', `nothing was removed: ${texts.join('; ')}`, {
      remedy: 'Forward them first with telemetry forward NAME --until-current, or give --drop-unsent.',
    });
  }
  for (const text of texts) await streams.err.write(`warning: ${text}\n`);
}

async function warn({ missing, types }: PrunePlan, { keep }: PruneOptions, { streams }: Context): Promise<void> {
  for (const { name, near } of missing) {
    await streams.err.write(`warning: no event has "${name}", so it is always NULL${near ? ` (${near})` : ''}\n`);
  }
  if (types.length === 0) return;
  for (const unknown of keep.filter(word => !types.some(({ type }) => typesMeant(word).includes(type)))) {
    const known = types.map(({ type }) => type).join(', ');
    await streams.err.write(`warning: no event has the type "${unknown}" to keep; the types are: ${known}\n`);
  }
}

async function showPlan(plan: PrunePlan, { streams }: Context): Promise<void> {
  const { columns, color } = streams;
  await render('table', planTable(plan), text => streams.out.write(text), { columns, color, footer: false });
}

async function confirmed({ removed }: PrunePlan, { streams, signal }: Context): Promise<boolean> {
  return streams.confirm(`Remove ${counted(removed.events, 'event')} (${sizeOf(removed.bytes)})?`, signal);
}

async function removeEvents(
  removal: Removal,
  plan: PrunePlan,
  { store }: PruneOptions,
  context: Context,
): Promise<Pruned> {
  const { streams, signal } = context;
  const progress = await streams.progress('removing events');
  try {
    return await prune(store, removal, {
      signal,
      now: () => context.now() * 1000,
      isShared: () => readServerFile(store) !== undefined,
      onProgress: removed =>
        progress.update(`removed ${removed.toLocaleString('en-US')} of ${counted(plan.removed.events, 'event')}`),
    });
  } finally {
    progress.stop();
  }
}
