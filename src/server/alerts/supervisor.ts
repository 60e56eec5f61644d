import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { builtFile } from '../../core/built-file.js';
import { messageOf } from '../../core/errors.js';
import { pause } from '../../core/sleep.js';
import { openAlertWork, type AlertWork } from '../../store/catalog/alert-work.js';
import { environmentWithoutSecrets } from '../shared/child-environment.js';
import type { AlertProcessMessage, AlertProcessOptions } from './process.js';

/** Interval of looks for rules in a store without rules, in milliseconds. */
const LOOK_MS = 1000;

/** Time for the process to stop, in milliseconds. */
const STOP_MS = 3000;

/** Initial and maximum delay before a failed process is restarted, in milliseconds. */
const FIRST_RETRY_MS = 1000;
const MAX_RETRY_MS = 60_000;

/** A process that ran this long had started well, in milliseconds. */
const STARTED_MS = 60_000;

/** Keeps an alert process running while its store has alert rules, or notifications that wait. */
export class RunningAlerts {
  readonly #options: AlertProcessOptions;
  readonly #log: (text: string) => void;
  readonly #stopping = new AbortController();
  readonly #ended: Promise<void>;
  #child: ChildProcess | undefined;
  #failure = '';

  /** @param log receives a line for each alert that fires or resolves, and for failures. */
  constructor(options: AlertProcessOptions, log: (text: string) => void) {
    this.#options = options;
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
    const { signal } = this.#stopping;
    let work: AlertWork | undefined;
    let retryMs = FIRST_RETRY_MS;
    let lastFailure = '';
    while (!signal.aborted) {
      try {
        work ??= openAlertWork(this.#options.dir);
        if (!work.exists()) {
          await pause(LOOK_MS, signal);
          continue;
        }
        const started = performance.now();
        await this.#runOnce();
        if (performance.now() - started > STARTED_MS) retryMs = FIRST_RETRY_MS;
      } catch (error) {
        this.#failure = messageOf(error);
        work?.close();
        work = undefined;
      }
      if (this.#isStopping()) break;
      if (this.#failure !== '' && this.#failure !== lastFailure) {
        this.#log(`alert rules are not evaluated, and are tried again: ${this.#failure}`);
      }
      lastFailure = this.#failure;
      await pause(this.#failure === '' ? LOOK_MS : retryMs, signal);
      if (this.#failure !== '') retryMs = Math.min(MAX_RETRY_MS, 2 * retryMs);
    }
    work?.close();
  }

  /** Starts the process and waits until it ends. */
  async #runOnce(): Promise<void> {
    this.#failure = '';
    const program = fileURLToPath(builtFile(import.meta.url, 'server/alerts/process'));
    const child = fork(program, [JSON.stringify(this.#options)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: [],
      env: environmentWithoutSecrets(),
    });
    this.#child = child;
    child.on('message', ({ text, isFailure }: AlertProcessMessage) => {
      if (isFailure) this.#failure = text;
      else this.#log(text);
    });
    await new Promise<void>(resolve => {
      child.once('exit', (code, killed) => {
        if (code !== 0 && this.#failure === '') this.#failure = `the alert process ended with ${code ?? killed}`;
        resolve();
      });
      child.once('error', error => {
        this.#failure = messageOf(error);
        resolve();
      });
    });
  }
}
