import prettyBytes from 'pretty-bytes';
import { verifyStore, type Verification } from '../../../store/archive/maintain/verify.js';
import { TAKEN_BACK, type Finding } from '../../../store/archive/maintain/finding.js';
import { TelemetryError } from '../../../core/errors.js';
import { archiveJob } from '../../shared/archive-job.js';
import type { Context } from '../../shared/context.js';
import { counted } from '../../shared/count.js';
import { damageIn, findingJson, printFindings } from '../../shared/findings.js';
import { printOutcome } from '../../shared/outcome.js';
import type { VerifyCommandOptions } from './options.js';

const number = new Intl.NumberFormat('en-US');

/** Verifies the store, and fails if it finds damage. */
export async function run(options: VerifyCommandOptions, context: Context): Promise<void> {
  const { signal } = context;
  const { deep: isDeep, repair: repairs } = options;
  const verification = await archiveJob(options, context, 'verifying', (archive, report) =>
    verifyStore(
      {
        ...archive,
        isDeep,
        repairs,
        onProgress: ({ segments, of }) =>
          report(`verified ${number.format(segments)} of ${number.format(of)} segments`),
      },
      signal,
    ),
  );
  const { identity, segments, events, bytes, findings, isComplete } = verification;
  if (options.format === 'table') await printFindings(findings, context);
  await printOutcome(options.format, context, {
    text: summary(verification),
    json: { ...identity, segments, events, bytes, complete: isComplete, findings: findings.map(findingJson) },
  });
  if (!isComplete)
    throw new TelemetryError('interrupted', 'the verification was interrupted', {
      remedy: 'Run it again; it begins with the first segment.',
    });
  const damage = damageIn(findings);
  if (damage !== undefined) throw found(damage, findings);
}

function found(damage: string, findings: readonly Finding[]): TelemetryError {
  const remedy = remedyFor(findings);
  return new TelemetryError('failure', `verify found ${damage}`, { ...(remedy !== undefined && { remedy }) });
}

function remedyFor(findings: readonly Finding[]): string | undefined {
  const segments = findings.filter(({ events }) => events !== undefined);
  if (segments.some(({ isAside, repaired }) => !isAside && repaired === undefined)) {
    return 'telemetry verify --repair quarantines damaged segments and deletes nothing.';
  }
  if (segments.every(({ repaired }) => repaired === TAKEN_BACK)) return undefined;
  return 'Put an intact copy of each file in its place, such as from a backup, and run telemetry verify --repair.';
}

function summary({ segments, events, bytes, findings, isComplete }: Verification): string {
  const scope = `${counted(segments, 'segment')} (${prettyBytes(bytes)}) and ${counted(events, 'event')}`;
  if (!isComplete) return `stopped before all of ${scope} were verified`;
  if (damageIn(findings) !== undefined) return `verified ${scope}`;
  const leftovers = findings.length === 0 ? '' : `; ${counted(findings.length, 'leftover')} of a crash`;
  return `verified ${scope}: no damage found${leftovers}`;
}
