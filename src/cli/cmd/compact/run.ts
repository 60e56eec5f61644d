import prettyBytes from 'pretty-bytes';
import { compactArchive, type CompactedArchive } from '../../../archive/compact-archive.js';
import { TelemetryError } from '../../../core/errors.js';
import { archiveJob } from '../../archive-job.js';
import type { Context } from '../../context.js';
import type { CompactOptions } from './command.js';

const number = new Intl.NumberFormat('en-US');

/** Compacts the archive and says what that came to. */
export async function run(options: CompactOptions, context: Context): Promise<void> {
  let first: number | undefined;
  const compacted = await archiveJob(options, context, 'compacting', (archive, say) =>
    compactArchive(
      {
        ...archive,
        onProgress: segments =>
          say(`${number.format((first ??= segments))} segments became ${number.format(segments)}`),
      },
      context.signal,
    ),
  );
  await context.streams.out.write(options.format === 'table' ? `${outcome(compacted)}\n` : compactedJson(compacted));
  if (!compacted.isComplete) throw new TelemetryError('interrupted', 'the compaction was interrupted');
}

function outcome({ segmentsBefore, segmentsAfter, bytesBefore, bytesAfter }: CompactedArchive): string {
  const now = `${number.format(segmentsAfter)} ${segmentsAfter === 1 ? 'segment' : 'segments'}`;
  if (segmentsBefore === segmentsAfter) return `nothing to merge: the archive has ${now}`;
  const sizes = `the archive went from ${prettyBytes(bytesBefore)} to ${prettyBytes(bytesAfter)}`;
  return `merged ${number.format(segmentsBefore)} segments into ${now}; ${sizes}`;
}

function compactedJson({
  segmentsBefore,
  segmentsAfter,
  bytesBefore,
  bytesAfter,
  isComplete,
}: CompactedArchive): string {
  const [segments, bytes] = [
    { before: segmentsBefore, after: segmentsAfter },
    { before: bytesBefore, after: bytesAfter },
  ];
  return `${JSON.stringify({ segments, bytes, complete: isComplete })}\n`;
}
