import prettyBytes from 'pretty-bytes';
import { verifyStore, type Verification } from '../../../store/archive/maintain/verify.js';
import { type Finding } from '../../../store/archive/maintain/finding.js';
import { TelemetryError } from '../../../core/errors.js';
import type { Result } from '../../../core/result.js';
import { render } from '../../../render/formats.js';
import { archiveJob } from '../../shared/archive-job.js';
import type { Context } from '../../shared/context.js';
import { counted } from '../../shared/count.js';
import { printOutcome } from '../../shared/outcome.js';
import type { VerifyCommandOptions } from './options.js';

const number = new Intl.NumberFormat('en-US');

/** Verifies the store, and fails if it finds damage. */
export async function run(options: VerifyCommandOptions, context: Context): Promise<void> {
  const { streams, signal } = context;
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
  const { segments, events, bytes, findings, isComplete } = verification;
  if (options.format === 'table' && findings.length > 0) {
    const { columns, color } = streams;
    await render('table', findingsTable(findings), text => streams.out.write(text), { columns, color, footer: false });
  }
  await printOutcome(options.format, context, {
    text: summary(verification),
    json: { segments, events, bytes, complete: isComplete, findings: findings.map(findingJson) },
  });
  if (!isComplete) throw new TelemetryError('interrupted', 'the verification was interrupted');
  const problems = findings.filter(({ isLeftover }) => !isLeftover);
  if (problems.length > 0) throw found(problems);
}

function found(findings: readonly Finding[]): TelemetryError {
  const problems = findings.length === 1 ? 'one problem' : counted(findings.length, 'problem');
  const isOpen = findings.some(({ events, repaired }) => events !== undefined && repaired === undefined);
  return new TelemetryError('failure', `verify found ${problems}`, {
    ...(isOpen && { remedy: 'telemetry verify --repair quarantines damaged segments and deletes nothing.' }),
  });
}

function summary({ segments, events, bytes, findings, isComplete }: Verification): string {
  const scope = `${counted(segments, 'segment')} (${prettyBytes(bytes)}) and ${counted(events, 'event')}`;
  if (!isComplete) return `stopped before all of ${scope} were verified`;
  const leftovers = findings.filter(({ isLeftover }) => isLeftover).length;
  if (leftovers < findings.length) return `verified ${scope}`;
  return `verified ${scope}: no damage found${leftovers === 0 ? '' : `; ${counted(leftovers, 'leftover')} of a crash`}`;
}

function findingJson({ isLeftover, ...finding }: Finding): object {
  return { ...finding, ...(isLeftover && { leftover: true }) };
}

function findingsTable(findings: readonly Finding[]): Result {
  const rows = findings.map(({ file, problem, events, repaired }) => [
    file,
    problem,
    events === undefined ? null : number.format(events),
    repaired ?? null,
  ]);
  return {
    columns: ['file', 'problem', 'events', 'repaired'].map(name => ({
      name,
      type: 'VARCHAR',
      kind: name === 'events' ? 'number' : 'text',
    })),
    batches: (async function* () {
      yield await Promise.resolve(rows);
    })(),
  };
}
