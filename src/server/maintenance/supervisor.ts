import { builtFile } from '../../core/built-file.js';
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../../core/errors.js';
import { FAULT_VARIABLE } from '../../core/fault-point.js';
import { pause } from '../../core/sleep.js';
import type { FromKeeper, KeeperProcessOptions } from './process.js';
import type { KeeperObserver } from '../../store/archive/maintain/maintenance.js';

/** How long the keeper may take to leave off; what it had not finished is swept at the next start. */
const STOP_MS = 3000;

/** How long to wait before a keeper that failed is started again: at first, and at most. */
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 60_000;

/** How often it is said that the disk is full. */
const SAY_FULL_EVERY_MS = 600_000;

/** glibc keeps less memory that nobody uses: measured 342 against 381 MB of the keeper while it seals. */
const FEW_ARENAS = { MALLOC_ARENA_MAX: '2' };

/** What the keeper's process did, for the metrics of the server. */
export interface KeeperProcessObserver extends Omit<KeeperObserver, 'couldNotCompact' | 'diskFull'> {
  /** Events that the retention policy removed, and the bytes that the disk got back. */
  removed(events: number, bytes: number): void;
}

/** The process that keeps a server's archive. */
export interface RunningKeeper {
  stop(): Promise<void>;
}

/**
 * Starts the keeper, and starts it again when it fails: the journal holds what it could not seal.
 * @param say told in a line what retention removed, and why the keeper failed; once for each new reason.
 */
export function startKeeper(
  options: KeeperProcessOptions,
  observer: KeeperProcessObserver,
  say: (message: string) => void,
): RunningKeeper {
  const stopping = new AbortController();
  const isStopping = (): boolean => stopping.signal.aborted;
  let child: ChildProcess | undefined;

  async function run(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    let lastTrouble = '';
    let saidFull = -Infinity;
    while (!isStopping()) {
      let trouble = 'the archive keeper ended';
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
        // The system has no process or file for it.
        begun.on('error', error => {
          trouble = messageOf(error);
          resolve();
        });
      });
      begun.on('message', (message: FromKeeper) => {
        if (message.kind === 'failed')
          trouble = [message.message.split('\n', 1)[0]!, message.remedy ?? ''].join('. ').trim();
        else retryMs = FIRST_RETRY_MS;
        if (message.kind === 'sealed') observer.sealed(message.events, message.segments);
        if (message.kind === 'compacted') observer.compacted(message.segments, message.into);
        if (message.kind === 'could-not-compact') {
          say(`some segments could not be merged, and stay as they are: ${message.reason.split('\n', 1)[0]!}`);
        }
        if (message.kind === 'disk-full' && performance.now() - saidFull > SAY_FULL_EVERY_MS) {
          saidFull = performance.now();
          say(`the disk is full: sealing and merging wait for room (${message.reason.split('\n', 1)[0]!})`);
        }
        if (message.kind === 'removed') observer.removed(message.events, message.bytes);
        if (message.kind === 'removed' || message.kind === 'trouble') say(message.text);
      });
      await gone;
      if (isStopping()) return;
      if (trouble !== lastTrouble) say(`sealing failed, and is tried again: ${trouble}`);
      lastTrouble = trouble;
      await pause(retryMs, stopping.signal);
      retryMs = Math.min(LONGEST_RETRY_MS, 2 * retryMs);
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
 * What the process needs of the environment. It reads no setting of telemetry, and must hold neither the token of the
 * server nor what other programs keep in theirs, such as the headers of an OpenTelemetry exporter.
 */
function environmentWithoutSecrets(): NodeJS.ProcessEnv {
  const isNeeded = (name: string): boolean => NEEDED_VARIABLES.test(name) || name === FAULT_VARIABLE;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => isNeeded(name)));
}
