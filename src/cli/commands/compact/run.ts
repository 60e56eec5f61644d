import prettyBytes from 'pretty-bytes';
import { compactArchive, type CompactedArchive } from '../../../store/archive/maintain/compact-archive.js';
import { TelemetryError } from '../../../core/errors.js';
import type { ArchiveCommandOptions } from '../../shared/archive-command.js';
import { archiveJob } from '../../shared/archive-job.js';
import type { Context } from '../../shared/context.js';
import { damagedSegmentWarning } from '../../shared/damaged-segment-warning.js';
import { counted } from '../../shared/count.js';
import { printOutcome } from '../../shared/outcome.js';

const number = new Intl.NumberFormat('en-US');

/** Compacts the archive and prints the result. */
export async function run(options: ArchiveCommandOptions, context: Context): Promise<void> {
  let first: number | undefined;
  const compacted = await archiveJob(options, context, 'compacting', (archive, report) =>
    compactArchive(
      {
        ...archive,
        onProgress: segments =>
          report(`${number.format((first ??= segments))} segments became ${number.format(segments)}`),
      },
      context.signal,
    ),
  );
  const { segmentsBefore, segmentsAfter, bytesBefore, bytesAfter, isComplete, filtered, leftOut } = compacted;
  const onDamaged = damagedSegmentWarning(context.streams);
  for (const { segment, problem } of leftOut) onDamaged(segment, problem);
  await printOutcome(options.format, context, {
    text: outcome(compacted),
    json: {
      segments: { before: segmentsBefore, after: segmentsAfter },
      bytes: { before: bytesBefore, after: bytesAfter },
      filtered,
      complete: isComplete,
      damaged: leftOut.map(({ segment, problem }) => ({ file: segment.file, events: segment.events, problem })),
    },
  });
  if (!isComplete)
    throw new TelemetryError('interrupted', 'the compaction was interrupted', {
      remedy: 'Run it again to merge the rest.',
    });
}

function outcome(compacted: CompactedArchive): string {
  const { segmentsBefore, segmentsAfter, bytesBefore, bytesAfter, isComplete, filtered } = compacted;
  const now = counted(segmentsAfter, 'segment');
  const filters = filtered === 0 ? '' : `\nmade filters of ids for ${counted(filtered, 'segment')}`;
  if (segmentsBefore === segmentsAfter) {
    return `${isComplete ? 'nothing to merge' : 'nothing was merged'}: the archive has ${now}${filters}`;
  }
  const sizes = `the archive went from ${prettyBytes(bytesBefore)} to ${prettyBytes(bytesAfter)}`;
  return `merged ${number.format(segmentsBefore)} segments into ${now}\n${sizes}${filters}`;
}
