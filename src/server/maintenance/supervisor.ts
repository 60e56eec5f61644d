import { builtFile } from '../../core/built-file.js';
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../../core/errors.js';
import { FAULT_VARIABLE } from '../../core/fault-point.js';
import { pause } from '../../core/sleep.js';
import type { MaintenanceMessage, MaintenanceOptions } from './process.js';
import type { KeeperObserver } from '../../store/archive/maintain/maintenance.js';

/** Time for the process to stop, in milliseconds. The next start sweeps unfinished work. */
const STOP_MS = 3000;

/** Initial and maximum delay before a failed process is restarted, in milliseconds. */
const FIRST_RETRY_MS = 1000;
const MAX_RETRY_MS = 60_000;

/** Minimum interval between two log lines about a full disk, in milliseconds. */
const DISK_FULL_LOG_INTERVAL_MS = 600_000;

/** Limits the unused memory that glibc retains: measured 342 instead of 381 MB while sealing. */
const FEW_ARENAS = { MALLOC_ARENA_MAX: '2' };

/** Callbacks for the metrics of the server. */
export interface MaintenanceObserver extends Omit<KeeperObserver, 'couldNotCompact' | 'diskFull'> {
  /** Called with the events that the retention policy removed, and the disk bytes that it freed. */
  removed(events: number, bytes: number): void;
}

/** A supervised maintenance process. */
export interface RunningMaintenance {
  stop(): Promise<void>;
}

/**
 * Starts the maintenance process, and restarts it when it fails: unsealed events stay in the journal.
 * @param log receives a line for each removal by retention, and for each new reason of a failure.
 */
export function startMaintenance(
  options: MaintenanceOptions,
  observer: MaintenanceObserver,
  log: (message: string) => void,
): RunningMaintenance {
  const stopping = new AbortController();
  const isStopping = (): boolean => stopping.signal.aborted;
  let child: ChildProcess | undefined;

  async function run(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    let lastTrouble = '';
    let diskFullLoggedAt = -Infinity;
    while (!isStopping()) {
      let trouble = 'the maintenance process ended';
      const begun = fork(
        fileURLToPath(builtFile(import.meta.url, 'server/maintenance/process')),
        [JSON.stringify(options)],
        {
          stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
          execArgv: [],
          env: { ...environmentWithoutSecrets(), ...FEW_ARENAS },
        },
      );
      child = begun;
      const gone = new Promise<void>(resolve => {
        begun.once('exit', () => resolve());
        // The process could not be started.
        begun.on('error', error => {
          trouble = messageOf(error);
          resolve();
        });
      });
      begun.on('message', (message: MaintenanceMessage) => {
        if (message.kind === 'failed')
          trouble = [message.message.split('\n', 1)[0]!, message.remedy ?? ''].join('. ').trim();
        else retryMs = FIRST_RETRY_MS;
        if (message.kind === 'sealed') observer.sealed(message.events, message.segments);
        if (message.kind === 'compacted') observer.compacted(message.segments, message.into);
        if (message.kind === 'could-not-compact') {
          log(`some segments could not be merged and stay as they are: ${message.reason.split('\n', 1)[0]!}`);
        }
        if (message.kind === 'disk-full' && performance.now() - diskFullLoggedAt > DISK_FULL_LOG_INTERVAL_MS) {
          diskFullLoggedAt = performance.now();
          log(`the disk is full: sealing and merging wait for room (${message.reason.split('\n', 1)[0]!})`);
        }
        if (message.kind === 'removed') observer.removed(message.events, message.bytes);
        if (message.kind === 'removed' || message.kind === 'trouble') log(message.text);
      });
      await gone;
      if (isStopping()) return;
      if (trouble !== lastTrouble) log(`sealing failed; retrying: ${trouble}`);
      lastTrouble = trouble;
      await pause(retryMs, stopping.signal);
      retryMs = Math.min(MAX_RETRY_MS, 2 * retryMs);
    }
  }

  const ended = run();
  return {
    async stop() {
      stopping.abort();
      if (child?.connected) child.send('stop');
      await Promise.race([ended, pause(STOP_MS)]);
      child?.kill('SIGKILL');
      await ended;
    },
  };
}

/** Variables that Node, DuckDB, the C library and the loader of programs read. */
const NEEDED_VARIABLES =
  /^(?:PATH|HOME|USERPROFILE|SYSTEMROOT|TMPDIR|TMP|TEMP|TZ|LANG|LC_\w+|NODE_\w+|LD_\w+|DYLD_\w+|MALLOC_\w+)$/i;

/**
 * The environment of the process. It reads no setting of telemetry, and holds neither the token of the server nor the
 * secrets of other programs, such as the headers of an OpenTelemetry exporter.
 */
function environmentWithoutSecrets(): NodeJS.ProcessEnv {
  const isNeeded = (name: string): boolean => NEEDED_VARIABLES.test(name) || name === FAULT_VARIABLE;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => isNeeded(name)));
}
