import { messageOf } from '../../../core/errors.js';
import type { Micros } from '../../../core/duration.js';
import type { ArchiveTuning } from '../../../core/limits.js';
import { pause } from '../../../core/sleep.js';
import { isDiskFull } from '../../../core/trouble.js';
import { openSealedRows, type SealedRows } from '../../journal/trim.js';
import { openReader } from '../../journal/reader.js';
import { withArchive, type ArchiveOptions } from '../seal/open-archive.js';
import { compact, planCompactions } from './compact.js';
import { archiveKind, kindNamed } from '../formats/registry.js';
import { isDue } from '../seal/due.js';
import { measureRanges } from '../seal/measure-ranges.js';
import type { ArchiveContext } from '../seal/seal.js';
import { sealInRoom } from '../seal/seal-in-room.js';
import { sweepDropped } from '../seal/sweep.js';

/** What is kept, and how. */
export type KeeperOptions = ArchiveOptions & ArchiveTuning;

/** What the keeper did, for the metrics of the server. */
export interface KeeperObserver {
  sealed(events: number, segments: number): void;
  compacted(segments: number, into: number): void;
  /** Segments could not be merged, and stay as they are. */
  couldNotCompact(reason: string): void;
  /** The disk has no room for the work, which is tried again. */
  diskFull(reason: string): void;
}

/** How often the keeper looks whether there is something to seal. */
const LOOK_EVERY_MS = 500;

/** So long after its end, the events of a day are sealed, all but never. */
const DAY_OVER_AFTER_MS = 3_600_000;

/** How often it looks for compactions, and for files that wait for the end of a query. */
const TIDY_EVERY_MS = 10_000;

/** How long it waits on a full disk before it tries again. */
const FULL_WAIT_MS = 5000;

/** Sealing goes first, but compaction must have its turn while events keep coming in. */
const BATCHES_IN_A_ROW = 32;

/** How long compaction goes on before sealing has its turn; one merge is finished first. */
const COMPACT_MS = 5000;

/**
 * Keeps the archive of a store that events come into: seals, compacts, and removes what nobody reads, until the signal
 * aborts. Each step is finished or never was; the journal keeps what is not sealed yet.
 * @param chore what else is to be done now and then, told whether it was busy sealing, and whether the disk is full, so
 * that what makes room is urgent; it takes the archive's lock itself.
 * @throws TelemetryError `failure`; whatever the disk, DuckDB or SQLite throws.
 */
export async function keepArchive(
  options: KeeperOptions,
  observer: KeeperObserver,
  signal: AbortSignal,
  chore?: (isBusy: boolean, isUrgent: boolean) => Promise<void>,
): Promise<void> {
  const reader = openReader(options.dir);
  const rows = openSealedRows(options.dir);
  let tidied = -Infinity;
  let wasBusy = false;
  const unfit = new Set<number>();
  try {
    // What a keeper that was killed had sealed and not yet deleted.
    await rows.expire({ signal, isShared: () => true, shrinks: false });
    while (!signal.aborted) {
      const isUntidy = performance.now() - tidied > TIDY_EVERY_MS;
      const isBusy = archiveKind(reader) !== 'none' && isDue(reader, options, options.now());
      let batches = 0;
      let isFull = false;
      try {
        if (isBusy || isUntidy) {
          await withArchive(options, signal, async context => {
            if (isBusy) batches = await sealDue(context, rows, options, observer);
            if (archiveKind(reader) === 'none') await measureRanges(context);
            if (isUntidy && (await compactDue(context, unfit, options, observer))) tidied = performance.now();
          });
          // Where events keep coming in, the journal's file needs its free pages again.
          if (isUntidy && !isBusy && !wasBusy) await rows.expire({ signal, isShared: () => true, shrinks: true });
          if (isUntidy) wasBusy = isBusy;
        }
      } catch (error) {
        if (!isDiskFull(error)) throw error;
        isFull = true;
        observer.diskFull(messageOf(error));
      }
      await chore?.(batches > 0, isFull);
      if (isFull || batches === 0) await pause(isFull ? FULL_WAIT_MS : LOOK_EVERY_MS, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    rows.close();
    reader.close();
  }
}

/** Seals batches as long as events are due, though not for ever, and deletes their rows. Returns how many. */
async function sealDue(
  context: ArchiveContext,
  rows: SealedRows,
  options: KeeperOptions,
  observer: KeeperObserver,
): Promise<number> {
  const { catalog, reader, signal } = context;
  const name = archiveKind(catalog);
  let batches = 0;
  const isOver = (): boolean => batches >= BATCHES_IN_A_ROW || signal.aborted || !isDue(reader, options, options.now());
  if (name === 'none' || isOver()) return 0;
  const shrink = (): Promise<void> => rows.expire({ signal, isShared: () => true, shrinks: true });
  for await (const batch of sealInRoom(context, kindNamed(name), () => reader.lastId(), shrink)) {
    batches++;
    observer.sealed(batch.events, batch.segments.length);
    await rows.expire({ signal, isShared: () => true, shrinks: false });
    if (isOver()) break;
  }
  return batches;
}

/**
 * Merges what is due, for some time: events that come in meanwhile wait in the journal. Returns whether all is done.
 * @param unfit segments that could not be merged before, which are passed over.
 */
async function compactDue(
  context: ArchiveContext,
  unfit: Set<number>,
  { now }: KeeperOptions,
  observer: KeeperObserver,
): Promise<boolean> {
  const { catalog, signal, dir } = context;
  const isAborted = (): boolean => signal.aborted;
  const deadline = performance.now() + COMPACT_MS;
  for (;;) {
    const overBefore = dayOf(now() - DAY_OVER_AFTER_MS * 1000);
    const segments = catalog.segments().filter(({ id }) => !unfit.has(id));
    const [next] = planCompactions(segments, day => day < overBefore);
    if (!next) return true;
    if (isAborted() || performance.now() > deadline) return false;
    try {
      observer.compacted(next.segments.length, (await compact(next, context)).length);
    } catch (error) {
      if (isAborted()) throw error;
      if (isDiskFull(error)) {
        observer.diskFull(messageOf(error));
        return true;
      }
      for (const { id } of next.segments) unfit.add(id);
      observer.couldNotCompact(messageOf(error));
    }
    sweepDropped(dir, catalog);
  }
}

/** The UTC day of a time. */
function dayOf(at: Micros): string {
  return new Date(at / 1000).toISOString().slice(0, 10);
}
