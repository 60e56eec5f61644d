import { messageOf } from '../../../core/errors.js';
import type { Micros } from '../../../core/duration.js';
import type { ArchiveTuning } from '../../../core/limits.js';
import { pause } from '../../../core/sleep.js';
import { isDiskFull } from '../../../core/trouble.js';
import { openRemoteWork } from '../../catalog/remote-work.js';
import { openSealedRows, type SealedRows } from '../../journal/trim.js';
import { openReader } from '../../journal/reader.js';
import { withArchive, type ArchiveOptions } from '../seal/open-archive.js';
import { compact, planCompactions } from './compact.js';
import { FilterWork } from './filter-work.js';
import { archiveKind, kindNamed } from '../formats/registry.js';
import { isDue } from '../seal/due.js';
import { measureRanges } from '../seal/measure-ranges.js';
import { MAX_BATCH_EVENTS, type ArchiveContext } from '../seal/seal.js';
import { sealInRoom } from '../seal/seal-in-room.js';
import { sweepDropped } from '../seal/sweep.js';

/** The options of the maintenance of an archive. */
export type ArchiveMaintenanceOptions = ArchiveOptions & ArchiveTuning;

/** Callbacks for the metrics of the server. */
export interface ArchiveMaintenanceObserver {
  sealed(events: number, segments: number): void;
  compacted(segments: number, into: number): void;
  /** Segments could not be merged, and stay as they are. */
  couldNotCompact(reason: string): void;
  /** The disk has no room for the work, which is tried again. */
  diskFull(reason: string): void;
}

/** Interval between checks for events to seal, in milliseconds. */
const LOOK_EVERY_MS = 500;

/** Delay after the end of a day until its last events are sealed, in milliseconds. */
const DAY_OVER_AFTER_MS = 3_600_000;

/** Interval between checks for compactions and for files that wait for the end of a query, in milliseconds. */
const TIDY_EVERY_MS = 10_000;

/** The same while events come in that a remote lacks: it waits for them to be sealed, and a merge takes seconds. */
const FORWARDED_TIDY_EVERY_MS = 60_000;

/** Delay before the next attempt on a full disk, in milliseconds. */
const FULL_WAIT_MS = 5000;

/** Maximum number of batches sealed before compaction has its turn while events keep arriving. */
const BATCHES_IN_A_ROW = 32;

/** Maximum time of compaction before sealing has its turn, in milliseconds; the current merge is finished first. */
const COMPACT_MS = 5000;

/** The same while a remote lacks events, which waits for them to be sealed. */
const FORWARDED_COMPACT_MS = 1000;

/**
 * Maintains the archive of a store that receives events: seals, compacts and deletes unused files until the signal
 * aborts. Each step happens completely or not at all; the journal keeps the events that are not sealed yet.
 * @param task an additional task, called regularly with flags: sealing is busy; the disk is full, so that freeing
 * space is urgent. It takes the lock of the archive itself.
 * @throws TelemetryError `failure`; any error of the disk, DuckDB or SQLite.
 */
export async function maintainArchive(
  options: ArchiveMaintenanceOptions,
  observer: ArchiveMaintenanceObserver,
  signal: AbortSignal,
  task?: (isBusy: boolean, isUrgent: boolean) => Promise<void>,
): Promise<void> {
  const reader = openReader(options.dir);
  const rows = openSealedRows(options.dir);
  const remotes = openRemoteWork(options.dir);
  const hasDueEvents = (): boolean => isDue(reader, options, options.now(), remotes.isDue(options.now()));
  let tidied = -Infinity;
  let wasBusy = false;
  const tidying = { unfit: new Set<number>(), filters: new FilterWork() };
  try {
    // Rows that a killed process had sealed and not deleted.
    await rows.trim({ signal, isShared: () => true, shrinks: false });
    while (!signal.aborted) {
      const isBusy = archiveKind(reader) !== 'none' && hasDueEvents();
      const isAwaited = isBusy && remotes.isDue(options.now());
      const isUntidy = performance.now() - tidied > (isAwaited ? FORWARDED_TIDY_EVERY_MS : TIDY_EVERY_MS);
      let batches = 0;
      let isFull = false;
      try {
        if (isBusy || isUntidy) {
          await withArchive(options, signal, async context => {
            if (isBusy) batches = await sealDue(context, rows, hasDueEvents, observer);
            if (archiveKind(reader) === 'none') await measureRanges(context);
            if (isUntidy) {
              const turnMs = remotes.isDue(options.now()) ? FORWARDED_COMPACT_MS : COMPACT_MS;
              if (await compactDue(context, tidying, { now: options.now, turnMs }, observer))
                tidied = performance.now();
            }
          });
          // Where events keep coming in, the journal's file needs its free pages again.
          if (isUntidy && !isBusy && !wasBusy) await rows.trim({ signal, isShared: () => true, shrinks: true });
          if (isUntidy) wasBusy = isBusy;
        }
      } catch (error) {
        if (!isDiskFull(error)) throw error;
        isFull = true;
        observer.diskFull(messageOf(error));
      }
      await task?.(batches > 0, isFull);
      if (isFull || batches === 0) await pause(isFull ? FULL_WAIT_MS : LOOK_EVERY_MS, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    remotes.close();
    rows.close();
    reader.close();
  }
}

/** Seals batches as long as events are due, though not for ever, and deletes their rows. Returns how many. */
async function sealDue(
  context: ArchiveContext,
  rows: SealedRows,
  hasDueEvents: () => boolean,
  observer: ArchiveMaintenanceObserver,
): Promise<number> {
  const { catalog, reader, signal } = context;
  const name = archiveKind(catalog);
  let batches = 0;
  const isOver = (): boolean => batches >= BATCHES_IN_A_ROW || signal.aborted || !hasDueEvents();
  if (name === 'none' || isOver()) return 0;
  const shrink = (): Promise<void> => rows.trim({ signal, isShared: () => true, shrinks: true });
  // Twice as many, which a command takes, save 10 % of the CPU time, but take 70 MB more while the receiver runs.
  for await (const batch of sealInRoom(context, kindNamed(name), () => reader.lastId(), shrink, MAX_BATCH_EVENTS)) {
    batches++;
    observer.sealed(batch.events, batch.segments.length);
    await rows.trim({ signal, isShared: () => true, shrinks: false });
    if (isOver()) break;
  }
  return batches;
}

/** State that a process keeps between its compactions. */
interface Tidying {
  /** Segments that could not be merged before, which are passed over. */
  readonly unfit: Set<number>;
  readonly filters: FilterWork;
}

/**
 * Merges what is due, then gives filters to segments that lack them, for some time: events that come in meanwhile wait
 * in the journal. Returns whether all is done.
 */
async function compactDue(
  context: ArchiveContext,
  { unfit, filters }: Tidying,
  { now, turnMs }: Pick<ArchiveMaintenanceOptions, 'now'> & { readonly turnMs: number },
  observer: ArchiveMaintenanceObserver,
): Promise<boolean> {
  const { catalog, signal, dir } = context;
  const isAborted = (): boolean => signal.aborted;
  const deadline = performance.now() + turnMs;
  for (;;) {
    const overBefore = dayOf(now() - DAY_OVER_AFTER_MS * 1000);
    const segments = catalog.segments().filter(({ id }) => !unfit.has(id));
    const [next] = planCompactions(segments, day => day < overBefore);
    if (isAborted() || performance.now() > deadline) return !next;
    try {
      if (next) observer.compacted(next.segments.length, (await compact(next, context)).length);
      else if (!(await filters.addNext(context, ({ tier, day }) => tier > 0 || day < overBefore))) return true;
    } catch (error) {
      if (isAborted()) throw error;
      if (isDiskFull(error)) {
        observer.diskFull(messageOf(error));
        return true;
      }
      for (const { id } of next?.segments ?? []) unfit.add(id);
      observer.couldNotCompact(messageOf(error));
    }
    sweepDropped(dir, catalog);
  }
}

/** The UTC day of a time. */
function dayOf(at: Micros): string {
  return new Date(at / 1000).toISOString().slice(0, 10);
}
