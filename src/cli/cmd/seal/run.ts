import prettyBytes from 'pretty-bytes';
import { sealJournal, type SealedJournal } from '../../../archive/seal-journal.js';
import { readServerFile } from '../../../client/server-file.js';
import { TelemetryError } from '../../../core/errors.js';
import { journalUsage } from '../../../journal/disk.js';
import { archiveJob } from '../../archive-job.js';
import type { Context } from '../../context.js';
import type { SealOptions } from './command.js';

const number = new Intl.NumberFormat('en-US');

/** Seals the journal and says what that came to. */
export async function run(options: SealOptions, context: Context): Promise<void> {
  const { store: dir, format } = options;
  const before = journalUsage(dir);
  const sealed = await archiveJob(options, context, 'sealing', (archive, say) =>
    sealJournal(
      {
        ...archive,
        isShared: () => readServerFile(dir) !== undefined,
        onProgress: ({ events, of }) => say(`sealed ${number.format(events)} of ${number.format(of)} events`),
      },
      context.signal,
    ),
  );
  const journal = { before, after: journalUsage(dir) };
  await context.streams.out.write(format === 'table' ? `${outcome(sealed, journal)}\n` : sealedJson(sealed, journal));
  if (!sealed.isComplete) throw new TelemetryError('interrupted', 'the sealing was interrupted');
}

/** What the database takes on the disk, in bytes. */
interface Disk {
  readonly before: number;
  readonly after: number;
}

function outcome({ events, segments, bytes }: SealedJournal, journal: Disk): string {
  if (events === 0) return 'nothing to seal: the journal is empty';
  const held = `${number.format(events)} ${events === 1 ? 'event' : 'events'}`;
  const into = `${number.format(segments)} ${segments === 1 ? 'segment' : 'segments'} of ${prettyBytes(bytes)}`;
  return `sealed ${held} into ${into}; the journal went from ${prettyBytes(journal.before)} to ${prettyBytes(journal.after)}`;
}

function sealedJson({ events, segments, bytes, isComplete }: SealedJournal, journal: Disk): string {
  return `${JSON.stringify({ events, segments, bytes, complete: isComplete, journal })}\n`;
}
