import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { builtFile } from '../../core/built-file.js';
import { messageOf } from '../../core/errors.js';
import { pause } from '../../core/sleep.js';
import { environmentWithoutSecrets } from './child-environment.js';

/** Time for a process to stop, in milliseconds. */
const STOP_MS = 3000;

/** Initial and maximum delay before a failed process is restarted, in milliseconds. */
const FIRST_RETRY_MS = 1000;
const MAX_RETRY_MS = 60_000;

/** A process that ran this long had started well, in milliseconds. */
const STARTED_MS = 60_000;

/** Interval of questions whether a process is wanted, in milliseconds. */
const LOOK_MS = 1000;

/** A message by which a process says why it ends. */
export interface FailureMessage {
  readonly kind: 'failed';
  readonly reason: string;
}

/** The parts of a {@link SupervisedProcess}. */
export interface Supervision<Message> {
  /** For its errors, such as `the alert process`. */
  readonly name: string;
  /** The module that it runs, from `src`, without its ending. */
  readonly program: string;
  /** Passed as JSON in its only argument. */
  readonly options: unknown;
  /** Variables besides those of {@link environmentWithoutSecrets}. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Flags of Node, none by default. */
  readonly nodeFlags?: readonly string[];
  /** Takes a message of the process. Returns true when it shows that the process works. */
  take(message: Message): boolean;
  /** Called when it ends, with a reason that the last end did not have. */
  failed(reason: string): void;
  /** True while the process has work; asked each second when it does not run. By default, it always has. */
  isWanted?(): boolean;
  /** Called when it is stopped. */
  stopped?(): void;
}

/**
 * A process of the server that is restarted when it fails, with growing delays. Its IPC channel carries its messages and
 * tells it to stop: see {@link backgroundSignal}.
 */
export class SupervisedProcess<Message extends object> {
  readonly #supervision: Supervision<Message>;
  readonly #stopping = new AbortController();
  readonly #ended: Promise<void>;
  #child: ChildProcess | undefined;
  #hasWorked = false;
  /** The reason why the process ends, as far as it is known. */
  #reason = '';

  constructor(supervision: Supervision<Message>) {
    this.#supervision = supervision;
    this.#ended = this.#run();
  }

  /** Asks the process to end, and kills it when it does not. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    if (this.#child?.connected) this.#child.send('stop');
    await Promise.race([this.#ended, pause(STOP_MS)]);
    this.#child?.kill('SIGKILL');
    await this.#ended;
    this.#supervision.stopped?.();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    let retryMs = FIRST_RETRY_MS;
    let lastReason = '';
    while (!this.#isStopping()) {
      const isRun = await this.#runIfWanted();
      if (this.#isStopping()) return;
      if (isRun && this.#reason !== '' && this.#reason !== lastReason) this.#supervision.failed(this.#reason);
      if (isRun) lastReason = this.#reason;
      if (this.#hasWorked) retryMs = FIRST_RETRY_MS;
      await pause(this.#reason === '' ? LOOK_MS : retryMs, signal);
      if (this.#reason !== '') retryMs = Math.min(MAX_RETRY_MS, 2 * retryMs);
    }
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  /** Returns false when the process has no work. */
  async #runIfWanted(): Promise<boolean> {
    this.#reason = '';
    this.#hasWorked = false;
    try {
      if (this.#supervision.isWanted?.() === false) return false;
      const started = performance.now();
      await this.#runOnce();
      if (performance.now() - started > STARTED_MS) this.#hasWorked = true;
    } catch (error) {
      this.#reason = messageOf(error);
    }
    return true;
  }

  /** Starts the process and waits until it ends. */
  async #runOnce(): Promise<void> {
    const { name, program, options, environment, nodeFlags = [] } = this.#supervision;
    const child = fork(fileURLToPath(builtFile(import.meta.url, program)), [JSON.stringify(options)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: [...nodeFlags],
      env: { ...environmentWithoutSecrets(), ...environment },
    });
    this.#child = child;
    child.on('message', (message: Message | FailureMessage) => this.#take(message));
    await new Promise<void>(resolve => {
      child.once('exit', (code, killed) => {
        if (code !== 0 && this.#reason === '') this.#reason = `${name} ended with ${code ?? killed}`;
        resolve();
      });
      // The process could not be started, or ended before a message to it.
      child.on('error', error => {
        this.#reason = messageOf(error);
        resolve();
      });
    });
  }

  #take(message: Message | FailureMessage): void {
    if (isFailure(message)) this.#reason = message.reason;
    else if (this.#supervision.take(message)) this.#hasWorked = true;
  }
}

function isFailure(message: object): message is FailureMessage {
  return 'kind' in message && message.kind === 'failed';
}
