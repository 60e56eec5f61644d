/*
 * The maintenance process of a server: seals, compacts and applies the retention policy. Separate, so that the memory and
 * CPU time of DuckDB do not affect the receiver. Started by supervisor.ts; ends with its parent, even after a crash.
 */
import { messageOf, TelemetryError } from '../../core/errors.js';
import { maintainArchive, type ArchiveMaintenanceOptions } from '../../store/archive/maintain/maintenance.js';
import { keepCubes } from '../../consumers/cubes/keep.js';
import { retentionTask } from '../../consumers/retention/task.js';
import { backgroundSignal } from '../shared/background-process.js';
import type { FailureMessage } from '../shared/supervised-process.js';

/** Options of the process, passed as JSON in its only argument. */
export interface MaintenanceOptions extends Omit<ArchiveMaintenanceOptions, 'now'> {
  /** The interval of the retention policy, in milliseconds. */
  readonly retentionEvery: number;
}

/** Messages from the process to its supervisor. */
export type MaintenanceMessage =
  | { readonly kind: 'sealed'; readonly events: number; readonly segments: number }
  | { readonly kind: 'compacted'; readonly segments: number; readonly into: number }
  | { readonly kind: 'could-not-compact'; readonly reason: string }
  | { readonly kind: 'disk-full'; readonly reason: string }
  | { readonly kind: 'removed'; readonly events: number; readonly bytes: number; readonly text: string }
  | { readonly kind: 'lost' }
  | { readonly kind: 'trouble'; readonly text: string };

/** Above the niceness of the receiver (0), but not idle (19): sealing must keep up with incoming events. */
const NICENESS = 5;

const signal = backgroundSignal(NICENESS);

function send(message: MaintenanceMessage | FailureMessage): void {
  if (process.connected) process.send?.(message);
}

try {
  const options = JSON.parse(process.argv[2]!) as MaintenanceOptions;
  const { dir, retentionEvery, memory, threads } = options;
  const now = (): number => Date.now() * 1000;
  const retention = retentionTask(
    dir,
    retentionEvery,
    { signal, now, isShared: () => true, engine: { memory, threads } },
    {
      removed: (events, bytes, text) => send({ kind: 'removed', events, bytes, text }),
      lost: () => send({ kind: 'lost' }),
      trouble: text => send({ kind: 'trouble', text }),
    },
  );
  const cubes = keepCubes(dir, { signal, now, memory, trouble: text => send({ kind: 'trouble', text }) });
  // Awaited below; until then its failure must not end the process.
  cubes.catch(() => undefined);
  await maintainArchive(
    { ...options, now },
    {
      sealed: (events, segments) => send({ kind: 'sealed', events, segments }),
      compacted: (segments, into) => send({ kind: 'compacted', segments, into }),
      couldNotCompact: reason => send({ kind: 'could-not-compact', reason }),
      diskFull: reason => send({ kind: 'disk-full', reason }),
    },
    signal,
    retention,
  );
  await cubes;
} catch (error) {
  const remedy = error instanceof TelemetryError ? error.remedy : undefined;
  send({ kind: 'failed', reason: [messageOf(error).split('\n', 1)[0]!, remedy ?? ''].join('. ').trim() });
  process.exitCode = 1;
}
if (process.connected) process.disconnect();
