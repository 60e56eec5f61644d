import { builtFile } from '../../core/built-file.js';
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../../core/errors.js';
import { pause } from '../../core/sleep.js';
import { environmentWithoutSecrets } from '../shared/child-environment.js';
import type { MaintenanceMessage, MaintenanceOptions } from './process.js';
import type { ArchiveMaintenanceObserver } from '../../store/archive/maintain/maintenance.js';

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
export interface MaintenanceObserver extends Omit<ArchiveMaintenanceObserver, 'couldNotCompact' | 'diskFull'> {
  /** Called with the events that the retention policy removed, and the disk bytes that it freed. */
  removed(events: number, bytes: number): void;
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
  return new RunningMaintenance(options, observer, log);
}

/** A supervised maintenance process. */
export class RunningMaintenance {
  readonly #options: MaintenanceOptions;
  readonly #observer: MaintenanceObserver;
  readonly #log: (message: string) => void;
  readonly #stopping = new AbortController();
  readonly #ended: Promise<void>;
  #child: ChildProcess | undefined;
  #retryMs = FIRST_RETRY_MS;
  /** The reason why the process ends, as far as it is known. */
  #trouble = '';
  #diskFullLoggedAt = -Infinity;

  constructor(options: MaintenanceOptions, observer: MaintenanceObserver, log: (message: string) => void) {
    this.#options = options;
    this.#observer = observer;
    this.#log = log;
    this.#ended = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    if (this.#child?.connected) this.#child.send('stop');
    await Promise.race([this.#ended, pause(STOP_MS)]);
    this.#child?.kill('SIGKILL');
    await this.#ended;
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #run(): Promise<void> {
    let lastTrouble = '';
    while (!this.#isStopping()) {
      await this.#runOnce();
      if (this.#isStopping()) return;
      if (this.#trouble !== lastTrouble) this.#log(`sealing failed; retrying: ${this.#trouble}`);
      lastTrouble = this.#trouble;
      await pause(this.#retryMs, this.#stopping.signal);
      this.#retryMs = Math.min(MAX_RETRY_MS, 2 * this.#retryMs);
    }
  }

  /** Starts the process and waits until it ends. */
  async #runOnce(): Promise<void> {
    this.#trouble = 'the maintenance process ended';
    const child = fork(
      fileURLToPath(builtFile(import.meta.url, 'server/maintenance/process')),
      [JSON.stringify(this.#options)],
      {
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
        execArgv: [],
        env: { ...environmentWithoutSecrets(), ...FEW_ARENAS },
      },
    );
    this.#child = child;
    child.on('message', (message: MaintenanceMessage) => this.#take(message));
    await new Promise<void>(resolve => {
      child.once('exit', () => resolve());
      // The process could not be started.
      child.on('error', error => {
        this.#trouble = messageOf(error);
        resolve();
      });
    });
  }

  #take(message: MaintenanceMessage): void {
    if (message.kind === 'failed') {
      this.#trouble = [message.message.split('\n', 1)[0]!, message.remedy ?? ''].join('. ').trim();
      return;
    }
    this.#retryMs = FIRST_RETRY_MS;
    switch (message.kind) {
      case 'sealed':
        this.#observer.sealed(message.events, message.segments);
        break;
      case 'compacted':
        this.#observer.compacted(message.segments, message.into);
        break;
      case 'could-not-compact':
        this.#log(`some segments could not be merged and stay as they are: ${message.reason.split('\n', 1)[0]!}`);
        break;
      case 'disk-full':
        this.#logDiskFull(message.reason);
        break;
      case 'removed':
        this.#observer.removed(message.events, message.bytes);
        this.#log(message.text);
        break;
      case 'trouble':
        this.#log(message.text);
        break;
    }
  }

  #logDiskFull(reason: string): void {
    if (performance.now() - this.#diskFullLoggedAt <= DISK_FULL_LOG_INTERVAL_MS) return;
    this.#diskFullLoggedAt = performance.now();
    this.#log(`the disk is full: sealing and merging wait for room (${reason.split('\n', 1)[0]!})`);
  }
}
