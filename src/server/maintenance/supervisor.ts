import { SupervisedProcess } from '../shared/supervised-process.js';
import type { MaintenanceMessage, MaintenanceOptions } from './process.js';
import type { ArchiveMaintenanceObserver } from '../../store/archive/maintain/maintenance.js';

/** Minimum interval between two log lines about a full disk, in milliseconds. */
const DISK_FULL_LOG_INTERVAL_MS = 600_000;

/**
 * Limits the unused memory that glibc retains: few arenas, and blocks of 256 KiB or more that go back when they are freed.
 * By itself glibc raises that size up to 32 MiB. Measured while sealing: 201 instead of 278 MB.
 */
const FRUGAL_MALLOC = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '262144' };

/** The young generation of V8 in MiB, of which there are three: what the batches leave is freed sooner. */
const FRUGAL_HEAP = ['--max-semi-space-size=4'];

/** Callbacks for the metrics of the server. */
export interface MaintenanceObserver extends Omit<ArchiveMaintenanceObserver, 'couldNotCompact' | 'diskFull'> {
  /** Called with the events that the retention policy removed, and the disk bytes that it freed. */
  removed(events: number, bytes: number): void;
}

/** A maintenance process under supervision. */
export type RunningMaintenance = Pick<SupervisedProcess<MaintenanceMessage>, 'stop'>;

/**
 * Starts the maintenance process, and restarts it when it fails: unsealed events stay in the journal, and the next start
 * sweeps unfinished work.
 * @param onLost called when retention removed events that remotes have not had.
 * @param log receives a line for each removal by retention, and for each new reason of a failure.
 */
export function startMaintenance(
  options: MaintenanceOptions,
  observer: MaintenanceObserver,
  onLost: () => void,
  log: (message: string) => void,
): RunningMaintenance {
  let diskFullLoggedAt = -Infinity;
  const logDiskFull = (reason: string): void => {
    if (performance.now() - diskFullLoggedAt <= DISK_FULL_LOG_INTERVAL_MS) return;
    diskFullLoggedAt = performance.now();
    log(`the disk is full: sealing and merging wait for room (${reason.split('\n', 1)[0]!})`);
  };
  return new SupervisedProcess<MaintenanceMessage>({
    name: 'the maintenance process',
    program: 'server/maintenance/process',
    options,
    environment: FRUGAL_MALLOC,
    nodeFlags: FRUGAL_HEAP,
    failed: reason => log(`sealing failed; retrying: ${reason}`),
    take(message) {
      switch (message.kind) {
        case 'sealed':
          observer.sealed(message.events, message.segments);
          break;
        case 'compacted':
          observer.compacted(message.segments, message.into);
          break;
        case 'could-not-compact':
          log(`some segments could not be merged and stay as they are: ${message.reason.split('\n', 1)[0]!}`);
          break;
        case 'disk-full':
          logDiskFull(message.reason);
          break;
        case 'removed':
          observer.removed(message.events, message.bytes);
          log(message.text);
          break;
        case 'lost':
          onLost();
          break;
        case 'trouble':
          log(message.text);
          break;
      }
      return true;
    },
  });
}
