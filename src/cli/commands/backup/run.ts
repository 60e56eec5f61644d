import prettyBytes from 'pretty-bytes';
import { resolve } from 'node:path';
import { backupStore, type BackupProgress } from '../../../store/archive/maintain/backup.js';
import type { Verification } from '../../../store/archive/maintain/verify.js';
import { TelemetryError } from '../../../core/errors.js';
import { archiveJob } from '../../shared/archive-job.js';
import type { Context } from '../../shared/context.js';
import { counted } from '../../shared/count.js';
import { damageIn, findingJson, printFindings } from '../../shared/findings.js';
import { printOutcome } from '../../shared/outcome.js';
import type { BackupCommandOptions } from './options.js';

const number = new Intl.NumberFormat('en-US');

/** Copies the store, verifies the copy, and fails when something in it is damaged. */
export async function run(options: BackupCommandOptions, context: Context): Promise<void> {
  const target = resolve(context.cwd, options.target);
  const copy = await archiveJob(options, context, 'copying', (archive, say) =>
    backupStore(
      {
        ...archive,
        target,
        isDeep: options.deep,
        withCredentials: options.withCredentials,
        onProgress: progress => say(progressText(progress)),
      },
      context.signal,
    ),
  );
  if (!copy) {
    throw new TelemetryError('interrupted', 'the backup was interrupted; nothing was kept of the copy', {
      remedy: 'Run it again.',
    });
  }
  const { identity, segments, events, bytes, findings } = copy;
  if (options.format === 'table') await printFindings(findings, context);
  await printOutcome(options.format, context, {
    text: summary(copy, target),
    json: { directory: target, ...identity, segments, events, bytes, findings: findings.map(findingJson) },
  });
  const damage = damageIn(findings);
  if (damage === undefined) return;
  throw new TelemetryError('failure', `the copy in ${target} was kept; verify found ${damage} in it`, {
    remedy: `telemetry verify tells what of it the store ${options.store} has as well.`,
  });
}

function progressText(progress: BackupProgress): string {
  if (progress.step === 'verifying') return 'verifying the copy';
  const done = number.format(progress.done);
  if (progress.step === 'events') return `copied ${done} events of the journal`;
  const of = number.format(progress.of);
  return progress.step === 'files' ? `copied ${done} of ${of} files` : `verified ${done} of ${of} segments of the copy`;
}

function summary({ segments, events, bytes, findings }: Verification, target: string): string {
  const what = `${counted(segments, 'segment')} (${prettyBytes(bytes)}) and ${counted(events, 'event')}`;
  return `copied ${what} to ${target}\n${damageIn(findings) === undefined ? 'verified the copy: no damage found' : 'the copy is damaged'}`;
}
