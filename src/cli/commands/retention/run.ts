import { readServerFile } from '../../../client/server-file.js';
import { TelemetryError } from '../../../core/errors.js';
import { render } from '../../../render/formats.js';
import { applyPolicy, type Applied } from '../../../consumers/retention/apply.js';
import { sizeTrouble } from '../../../consumers/retention/task.js';
import {
  changePolicy,
  mergePolicy,
  parsePolicy,
  readPolicy,
  withoutAges,
  type PolicyChange,
  type RetentionPolicy,
} from '../../../consumers/retention/policy.js';
import { objectNamed } from '../../../store/catalog/objects.js';
import type { Context } from '../../shared/context.js';
import { damagedSegmentWarning } from '../../shared/damaged-segment-warning.js';
import { commaList } from '../../shared/options.js';
import { printReport, rowsOfJson } from '../../shared/report.js';
import { impactText } from '../prune/cubes.js';
import { lostText, outcome, planTable, unsentText } from '../prune/report.js';
import type { RetentionOptions } from './options.js';
import { appliedJson, changeJson, changeText, cutText, nothingText, policyJson, policyText } from './report.js';

/** Sets, shows, clears or runs the retention policy of a store. */
export async function run(options: RetentionOptions, context: Context): Promise<void> {
  const { action, store, ages } = options;
  switch (action) {
    case 'set':
      return change(options, context, set(options));
    case 'clear':
      return change(options, context, before =>
        ages === undefined ? undefined : withoutAges(before, commaList([ages])),
      );
    case 'show':
      return show(readPolicy(store), options, context);
    case 'run':
      return apply(options, context);
  }
}

type Edit = (before: RetentionPolicy | undefined) => RetentionPolicy | undefined;

function set({ store, ages, maxSize, by, replaces }: RetentionOptions): Edit {
  const given = ages === undefined ? { ages: {}, rollups: {} } : parsePolicy(ages);
  for (const cube of Object.values(given.rollups)) objectNamed(store, 'cube', cube);
  const edit = { ...given, maxSize, by };
  return before => mergePolicy(replaces ? undefined : before, edit);
}

async function change({ store, format }: RetentionOptions, context: Context, edit: Edit): Promise<void> {
  const changed: PolicyChange = changePolicy(store, edit);
  await printReport(format, context, {
    table: () => context.streams.out.write(changeText(changed)),
    json: changeJson(changed),
  });
}

async function show(
  policy: RetentionPolicy | undefined,
  { format }: RetentionOptions,
  context: Context,
): Promise<void> {
  await printReport(format, context, {
    table: () => context.streams.out.write(policyText(policy)),
    json: policyJson(policy),
  });
}

async function apply(options: RetentionOptions, context: Context): Promise<void> {
  const { store, format, dryRun } = options;
  const policy = readPolicy(store);
  if (!policy) return show(policy, options, context);
  const applied = await applyTo(policy, options, context);
  await printReport(format, context, {
    table: () => report(policy, applied, options, context),
    json: appliedJson(applied, dryRun),
    rows: () => rowsOfJson(applied.plan?.types ?? []),
  });
  const rollups = Object.values(policy.rollups ?? {});
  for (const impact of applied.impacts ?? []) {
    const first = `telemetry cube refresh ${impact.name}`;
    await context.streams.err.write(`${impactText(impact, { rollups }, first)}\n`);
  }
  const onDamaged = damagedSegmentWarning(context.streams);
  for (const { segment, problem } of applied.pruned?.leftOut ?? []) onDamaged(segment, problem);
  const trouble = sizeTrouble(policy, applied);
  if (trouble !== undefined) await context.streams.err.write(`warning: ${trouble}\n`);
  if (applied.pruned?.isComplete === false || applied.cut?.isComplete === false) {
    throw new TelemetryError('interrupted', 'the run was interrupted', { remedy: 'Run it again to remove the rest.' });
  }
}

async function applyTo(
  policy: RetentionPolicy,
  { store, dryRun }: RetentionOptions,
  context: Context,
): Promise<Applied> {
  const { streams, signal } = context;
  const progress = await streams.progress('applying the retention policy');
  try {
    const isShared = (): boolean => readServerFile(store) !== undefined;
    return await applyPolicy(store, policy, { signal, now: () => context.now() * 1000, isShared }, dryRun);
  } finally {
    progress.stop();
  }
}

async function report(
  policy: RetentionPolicy,
  { plan, pruned, size, cut, unsent, isHeld }: Applied,
  { dryRun }: RetentionOptions,
  { streams }: Context,
): Promise<void> {
  const { columns, color } = streams;
  const write = (text: string): Promise<void> => streams.out.write(text);
  if (plan && plan.removed.events > 0) {
    await render('table', planTable(plan), write, { columns, color, footer: false });
    if (pruned) await write(`${outcome(pruned, plan.removed)}\n`);
  } else if (plan) await write(nothingText(isHeld));
  if (size) await write(`${cutText(policy, size, cut)}\n`);
  for (const lost of unsent) await streams.err.write(`warning: ${dryRun ? unsentText(lost) : lostText(lost)}\n`);
  if (dryRun) await write('dry run: nothing was removed\n');
}
