import { isDiskFull } from '../../../core/trouble.js';
import { withArchive, type ArchiveOptions } from '../seal/open-archive.js';
import type { Segment } from '../../catalog/segments.js';
import { damagedAmong, type LeftOut } from '../check/check-segment.js';
import { compact, planCompactions } from './compact.js';
import { FilterWork } from './filter-work.js';
import { sweepDropped } from '../seal/sweep.js';

export interface CompactArchiveOptions extends ArchiveOptions {
  /** Told of the number of segments, at first and after each merge. */
  readonly onProgress?: (segments: number) => void;
}

/** The result of a compaction; incomplete when the signal aborted. */
export interface CompactedArchive {
  readonly segmentsBefore: number;
  readonly segmentsAfter: number;
  /** Of the segments' files. */
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  readonly isComplete: boolean;
  /** The number of segments that got filters of ids without being merged. */
  readonly filtered: number;
  /** Damaged segments that could have been merged. */
  readonly leftOut: readonly LeftOut[];
}

/**
 * Merges segments down to as few as the limits of compact.ts allow, and gives filters to those that lack them.
 * @throws TelemetryError `noStore`, `failure`; what {@link compact} throws.
 */
export async function compactArchive(options: CompactArchiveOptions, signal: AbortSignal): Promise<CompactedArchive> {
  let [segmentsBefore, segmentsAfter, bytesBefore, bytesAfter] = [0, 0, 0, 0];
  const leftOut: LeftOut[] = [];
  let filtered = 0;
  const isComplete = await withArchive(options, signal, async context => {
    const { catalog } = context;
    const isAborted = (): boolean => signal.aborted;
    let segments = catalog.segments();
    const look = (): void => {
      segmentsAfter = segments.length;
      bytesAfter = segments.reduce((sum, { bytes }) => sum + bytes, 0);
      options.onProgress?.(segmentsAfter);
    };
    look();
    [segmentsBefore, bytesBefore] = [segmentsAfter, bytesAfter];
    /** Segments that the disk has no room for as one: others are merged, which makes room. */
    const tooLarge = new Set<number>();
    let full: Error | undefined;
    const sound = (): readonly Segment[] =>
      segments.filter(({ id }) => !tooLarge.has(id) && !leftOut.some(({ segment }) => segment.id === id));
    for (let next; !isAborted() && (next = planCompactions(sound(), () => true)[0]);) {
      const damaged = await damagedAmong(options.dir, next.segments);
      leftOut.push(...damaged);
      if (damaged.length > 0) continue;
      try {
        await compact(next, context);
      } catch (error) {
        if (!isDiskFull(error)) throw error;
        full = error as Error;
        for (const { id } of next.segments) tooLarge.add(id);
        continue;
      }
      sweepDropped(options.dir, catalog);
      segments = catalog.segments();
      look();
    }
    if (full) throw full;
    const filters = new FilterWork();
    while (!isAborted() && (await filters.addNext(context, () => true))) filtered++;
    return !isAborted();
  });
  const isDone = isComplete === true;
  return { segmentsBefore, segmentsAfter, bytesBefore, bytesAfter, isComplete: isDone, filtered, leftOut };
}
