import { noteBeforeRemoval } from '../cubes/refresh.js';
import { withArchive } from '../../store/archive/seal/open-archive.js';
import type { EngineOptions } from '../../store/archive/engine.js';
import { pastStreams } from '../../store/archive/seal/past-streams.js';
import type { LeftOut } from '../../store/archive/check/check-segment.js';
import { removeSealed } from '../../store/archive/maintain/remove.js';
import type { ArchiveContext } from '../../store/archive/seal/seal.js';
import { sweepDropped } from '../../store/archive/seal/sweep.js';
import type { Micros } from '../../core/duration.js';
import { TelemetryError } from '../../core/errors.js';
import { DEFAULT_TUNING } from '../../core/limits.js';
import { diskUsage } from '../../store/database/disk-use.js';
import { trimEvents, trimStreams } from '../../store/journal/trim.js';
import type { IdRuns } from '../../store/catalog/id-runs.js';
import { openForWriting } from '../../store/database/store.js';
import { storeTrouble } from '../../store/database/store-trouble.js';
import type { Removal } from './plan.js';

/** The options of a removal. */
export interface PruneOptions {
  readonly signal: AbortSignal;
  /** The present, in microseconds since 1970. */
  readonly now: () => Micros;
  /** True while another process writes to the store: the removal then pauses between its transactions. */
  readonly isShared: () => boolean;
  /** Called with the number of events removed so far. */
  readonly onProgress?: (removed: number) => void;
  readonly engine?: EngineOptions;
}

/** The result of a prune, with the disk use of the store in bytes before and after. */
export interface Pruned {
  readonly events: number;
  /** Number of streams removed because they had no events left. */
  readonly streams: number;
  /** False after an abort. */
  readonly isComplete: boolean;
  /** True when running queries keep some of the disk space until they end. */
  readonly isHeld: boolean;
  /** Damaged segments with events to remove: all of their events are kept. */
  readonly leftOut: readonly LeftOut[];
  readonly diskBefore: number;
  readonly diskAfter: number;
}

/**
 * Removes events from the store at `dir` and frees their space, while other processes read and write it. Removes the
 * planned events even if they were sealed or compacted since.
 * @throws TelemetryError `failure` when the store cannot be written (even to remove, SQLite first needs space).
 */
export async function prune(dir: string, removal: Removal, options: PruneOptions): Promise<Pruned> {
  let leftOut: readonly LeftOut[] = [];
  const pruned = await removing(dir, options, async (context, onRemoved) => {
    leftOut = await removeSealed(context, removal.sealed, removal.planned, onRemoved);
    return removal.journal;
  });
  return { ...pruned, leftOut };
}

/**
 * Removes events under the lock of the archive: has cubes note events that they have not counted, runs `fromArchive`,
 * then removes the ids that it returns from the journal, and streams without events.
 * @throws TelemetryError `failure`
 */
export async function removing(
  dir: string,
  options: PruneOptions,
  fromArchive: (context: ArchiveContext, onRemoved: (events: number) => void) => Promise<IdRuns>,
): Promise<Pruned> {
  const { signal, now, engine = DEFAULT_TUNING } = options;
  const diskBefore = diskUsage(dir);
  let events = 0;
  let streams = 0;
  let isHeld = false;
  const add = (removed: number): void => {
    events += removed;
    options.onProgress?.(events);
  };
  await noteBeforeRemoval(dir, { signal, now, memory: engine.memory });
  try {
    await withArchive({ dir, now, memory: engine.memory, threads: engine.threads }, signal, async context => {
      const journal = await fromArchive(context, add);
      const done = await removeFromJournal(context, journal, options, add);
      streams = done.streams;
      isHeld = sweepDropped(dir, context.catalog).waiting > 0 || !done.isTruncated;
    });
  } catch (error) {
    if (!signal.aborted) throw unremovable(dir, error);
  }
  return { events, streams, isComplete: !signal.aborted, isHeld, leftOut: [], diskBefore, diskAfter: diskUsage(dir) };
}

/** Removes ids from the journal. `isTruncated` is true when the database file was cut to its new size. */
async function removeFromJournal(
  context: ArchiveContext,
  ids: IdRuns,
  { signal, isShared }: PruneOptions,
  onRemoved: (events: number) => void,
): Promise<{ isTruncated: boolean; streams: number }> {
  // A removal that a power cut undoes is done again by the next prune; it is not worth an fsync.
  const db = openForWriting(context.dir, 'os');
  let before = 0;
  const onProgress = (sum: number): void => {
    onRemoved(sum - before);
    before = sum;
  };
  try {
    const { isTruncated } = await trimEvents(db, ids, { signal, isShared, onProgress });
    if (signal.aborted) return { isTruncated, streams: 0 };
    return { isTruncated, streams: await trimStreams(db, await pastStreams(context), { signal, isShared }) };
  } finally {
    db.close();
  }
}

function unremovable(dir: string, error: unknown): TelemetryError {
  const { reason, remedy } = storeTrouble(dir, error);
  return new TelemetryError('failure', `cannot remove events from ${dir}: ${reason}`, {
    remedy: `What was removed until then stays removed. ${remedy}`,
    cause: error,
  });
}
