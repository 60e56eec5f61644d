import { withArchive, type ArchiveOptions } from './archive.js';
import { compact, planCompactions } from './compact.js';
import { sweepDropped } from './sweep.js';

export interface CompactArchiveOptions extends ArchiveOptions {
  /** Told of the number of segments, at first and after each merge. */
  readonly onProgress?: (segments: number) => void;
}

/** What compaction came to; less than all when the signal aborted. */
export interface CompactedArchive {
  readonly segmentsBefore: number;
  readonly segmentsAfter: number;
  /** Of the segments' files. */
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  readonly isComplete: boolean;
}

/**
 * Merges segments down to as few as the limits of compact.ts allow.
 * @throws TelemetryError `noStore`, `failure`; what {@link compact} throws.
 */
export async function compactArchive(options: CompactArchiveOptions, signal: AbortSignal): Promise<CompactedArchive> {
  let [segmentsBefore, segmentsAfter, bytesBefore, bytesAfter] = [0, 0, 0, 0];
  const isComplete = await withArchive(options, signal, async context => {
    const { catalog } = context;
    let segments = catalog.segments();
    const look = (): void => {
      segmentsAfter = segments.length;
      bytesAfter = segments.reduce((sum, { bytes }) => sum + bytes, 0);
      options.onProgress?.(segmentsAfter);
    };
    look();
    [segmentsBefore, bytesBefore] = [segmentsAfter, bytesAfter];
    for (let next; !signal.aborted && (next = planCompactions(segments, () => true)[0]);) {
      await compact(next, context);
      sweepDropped(options.dir, catalog);
      segments = catalog.segments();
      look();
    }
    return !signal.aborted;
  });
  return { segmentsBefore, segmentsAfter, bytesBefore, bytesAfter, isComplete: isComplete === true };
}
