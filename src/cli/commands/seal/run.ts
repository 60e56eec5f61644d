import prettyBytes from 'pretty-bytes';
import { sealJournal, type SealedJournal } from '../../../store/archive/seal/seal-journal.js';
import { readServerFile } from '../../../client/server-file.js';
import { TelemetryError } from '../../../core/errors.js';
import { journalUsage } from '../../../store/database/disk-use.js';
import type { ArchiveCommandOptions } from '../../shared/archive-command.js';
import { archiveJob } from '../../shared/archive-job.js';
import type { Context } from '../../shared/context.js';
import { counted } from '../../shared/count.js';
import { printOutcome } from '../../shared/outcome.js';

const number = new Intl.NumberFormat('en-US');

/** Seals the journal and prints the result. */
export async function run(options: ArchiveCommandOptions, context: Context): Promise<void> {
  const { store: dir, format } = options;
  const before = journalUsage(dir);
  const sealed = await archiveJob(options, context, 'sealing', (archive, report) =>
    sealJournal(
      {
        ...archive,
        isShared: () => readServerFile(dir) !== undefined,
        ...(context.streams.canRedraw && {
          onProgress: ({ events, of }) => report(`sealed ${number.format(events)} of ${number.format(of)} events`),
        }),
      },
      context.signal,
    ),
  );
  const journal = { before, after: journalUsage(dir) };
  const { events, segments, bytes, isComplete } = sealed;
  await printOutcome(format, context, {
    text: outcome(sealed, journal),
    json: { events, segments, bytes, complete: isComplete, journal },
  });
  if (!isComplete)
    throw new TelemetryError('interrupted', 'the sealing was interrupted', {
      remedy: 'Run it again to seal the rest.',
    });
}

/** The size of the database on disk, in bytes. */
interface Disk {
  readonly before: number;
  readonly after: number;
}

function outcome({ events, segments, bytes, isComplete }: SealedJournal, journal: Disk): string {
  if (events === 0 && !isComplete) return 'nothing was sealed';
  if (events === 0) return 'nothing to seal: the journal is empty';
  const into = `${counted(segments, 'segment')} of ${prettyBytes(bytes)}`;
  const sizes = `the journal went from ${prettyBytes(journal.before)} to ${prettyBytes(journal.after)}`;
  return `sealed ${counted(events, 'event')} into ${into}\n${sizes}`;
}
