import { withArchive } from '../archive/archive.js';
import { removeSealed } from '../archive/remove.js';
import type { ArchiveContext } from '../archive/seal.js';
import { sweepDropped } from '../archive/sweep.js';
import type { Micros } from '../core/duration.js';
import { messageOf, TelemetryError } from '../core/errors.js';
import { DEFAULT_TUNING } from '../core/limits.js';
import { diskUsage } from '../journal/disk.js';
import { expireEvents } from '../journal/expire.js';
import { openForWriting } from '../journal/store.js';
import type { Removal } from './plan.js';

export interface PruneOptions {
  readonly signal: AbortSignal;
  /** The present, in microseconds since 1970. */
  readonly now: () => Micros;
  /** Whether another process writes to the store, so that it must be let in. */
  readonly isShared: () => boolean;
  /** Told how many events are gone so far. */
  readonly onProgress?: (removed: number) => void;
}

/** What a prune did, and what the store takes on the disk, in bytes, measured before and after. */
export interface Pruned {
  readonly events: number;
  readonly isComplete: boolean;
  /** Whether some of the space comes back later, once queries under way have ended. */
  readonly isHeld: boolean;
  readonly diskBefore: number;
  readonly diskAfter: number;
}

/**
 * Removes events from the store at `dir` and gives their space back, beside whoever reads and writes it. Whatever was
 * sealed or compacted since they were named, it is they that go.
 * @throws TelemetryError `failure` when the store cannot be written (even to remove, SQLite first needs space).
 */
export async function prune(dir: string, removal: Removal, options: PruneOptions): Promise<Pruned> {
  const { signal, now } = options;
  const diskBefore = diskUsage(dir);
  let events = 0;
  let isHeld = false;
  const add = (removed: number): void => {
    events += removed;
    options.onProgress?.(events);
  };
  try {
    await withArchive({ dir, now, ...DEFAULT_TUNING }, signal, async context => {
      await removeSealed(context, removal.sealed, add);
      const isTruncated = await removeFromJournal(context, removal, options, add);
      isHeld = sweepDropped(dir, context.catalog).waiting > 0 || !isTruncated;
    });
  } catch (error) {
    if (!signal.aborted) throw unremovable(dir, error);
  }
  return { events, isComplete: !signal.aborted, isHeld, diskBefore, diskAfter: diskUsage(dir) };
}

/** Returns whether the file could be cut to its new size. */
async function removeFromJournal(
  { dir }: ArchiveContext,
  { journal }: Removal,
  { signal, isShared }: PruneOptions,
  onRemoved: (events: number) => void,
): Promise<boolean> {
  // A removal that a power cut undoes is done again by the next prune; it is not worth an fsync.
  const db = openForWriting(dir, 'os');
  let before = 0;
  const onProgress = (sum: number): void => {
    onRemoved(sum - before);
    before = sum;
  };
  try {
    return (await expireEvents(db, journal, { signal, isShared, onProgress })).isTruncated;
  } finally {
    db.close();
  }
}

function unremovable(dir: string, error: unknown): TelemetryError {
  return new TelemetryError('failure', `cannot remove events from ${dir}: ${messageOf(error)}`, {
    remedy: 'What was removed until then stays removed. Free some disk space or check the permissions, and repeat.',
    cause: error,
  });
}
