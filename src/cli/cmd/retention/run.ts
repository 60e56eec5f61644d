import { readServerFile } from '../../../client/server-file.js';
import { TelemetryError } from '../../../core/errors.js';
import { render } from '../../../render/formats.js';
import { applyPolicy, type Applied } from '../../../retention/apply.js';
import { sizeTrouble } from '../../../retention/chore.js';
import { parseAges, readPolicy, writePolicy, type RetentionPolicy } from '../../../retention/policy.js';
import type { Context } from '../../context.js';
import { damageNote } from '../../damage-note.js';
import { outcome, planTable } from '../prune/report.js';
import type { RetentionOptions } from './command.js';
import { appliedJson, cutText, policyJson, policyText } from './report.js';

/** Sets, shows, clears or runs the retention policy of a store. */
export async function run(options: RetentionOptions, context: Context): Promise<void> {
  const { action, store, ages, maxSize, by, format } = options;
  const write = (text: string): Promise<void> => context.streams.out.write(text);
  const show = (policy: RetentionPolicy | undefined): Promise<void> =>
    write(format === 'json' ? policyJson(policy) : policyText(policy));
  if (action === 'set') {
    const policy = {
      ages: ages === undefined ? {} : parseAges(ages),
      by,
      ...(maxSize !== undefined && { maxSize }),
    };
    writePolicy(store, policy);
    return show(policy);
  }
  const policy = readPolicy(store);
  if (action === 'show') return show(policy);
  if (action === 'clear') {
    writePolicy(store, undefined);
    return show(undefined);
  }
  if (!policy) return show(policy);
  const applied = await apply(policy, options, context);
  if (format === 'json') await write(appliedJson(applied, options.dryRun));
  else await report(policy, applied, options, context);
  const onDamaged = damageNote(context.streams);
  for (const { segment, problem } of applied.pruned?.leftOut ?? []) onDamaged(segment, problem);
  const trouble = sizeTrouble(policy, applied);
  if (trouble !== undefined) await context.streams.err.write(`warning: ${trouble}\n`);
  if (applied.pruned?.isComplete === false || applied.cut?.isComplete === false) {
    throw new TelemetryError('interrupted', 'the run was interrupted');
  }
}

async function apply(policy: RetentionPolicy, { store, dryRun }: RetentionOptions, context: Context): Promise<Applied> {
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
  { plan, pruned, size, cut }: Applied,
  { dryRun }: RetentionOptions,
  { streams }: Context,
): Promise<void> {
  const { columns, color } = streams;
  const write = (text: string): Promise<void> => streams.out.write(text);
  if (plan && plan.removed.events > 0) {
    await render('table', planTable(plan), write, { columns, color, footer: false });
    if (pruned) await write(`${outcome(pruned, plan.removed)}\n`);
  } else if (plan) await write('no event is too old\n');
  if (size) await write(`${cutText(policy, size, cut)}\n`);
  if (dryRun) await write('dry run: nothing was removed\n');
}
