import { fork, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { FRAME, frame } from '../../client/query-frames.js';
import { builtFile } from '../../core/built-file.js';
import { environmentWithoutSecrets } from '../shared/child-environment.js';

/** A process without a question for this long ends, in milliseconds: it holds some 120 MB. */
const IDLE_MS = 5 * 60_000;

/** Time for a process to start, in milliseconds; on a loaded machine it takes seconds. */
const START_MS = 30_000;

/** Time for a process to end, in milliseconds; one that does not is killed. */
const END_MS = 1000;

/** The reason of a decline while all processes answer other questions. */
export const BUSY = 'all query processes are busy';

/** Messages from a query process to the pool: it is ready, or has ended a question. */
export type QueryProcessMessage = 'ready' | 'idle';

/** The questions that a process takes: those that end, or tails that follow. */
export type QuestionKind = 'questions' | 'tails';

/** The options of {@link QueryPool}. */
export interface QueryPoolOptions {
  /** The store's directory. */
  readonly store: string;
  readonly kind: QuestionKind;
  /** The number of processes. */
  readonly processes: number;
  /** Questions that one process answers at once. */
  readonly questionsAtOnce: number;
  /** Questions that share the memory of one query; by default as many as processes. */
  readonly memoryShares?: number;
}

/**
 * Processes that answer questions about a store. Each gets the sockets of its questions: neither a command's question
 * nor its rows pass through this process. The first question starts them, and they end after some minutes without one. A
 * process that dies closes the sockets of its questions and hurts no other.
 */
export class QueryPool {
  readonly #options: QueryPoolOptions;
  readonly #processes = new Set<QueryProcess>();
  /** Callbacks of those who wait for a free process. */
  readonly #waiting = new Set<() => void>();
  #isStopped = false;

  constructor(options: QueryPoolOptions) {
    this.#options = options;
  }

  /**
   * Gives the socket to a process, or declines when all are busy: a client then answers by itself, rather than wait
   * behind a question of any length.
   */
  take(client: Socket): void {
    const free = this.#free() ?? (this.#mayStart() ? this.#start() : undefined);
    if (free) free.give(client);
    else client.end(frame(FRAME.decline, BUSY));
  }

  /** Waits until a process is free, or may be started, or the signal aborts. Another question can take it first. */
  async room(signal: AbortSignal): Promise<void> {
    const isOver = (): boolean => signal.aborted || this.#isStopped;
    while (!this.#free() && !this.#mayStart() && !isOver()) await this.#woken(signal);
  }

  /** True once {@link stop} was called. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Ends all processes; a question under way loses its connection. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#wake();
    await Promise.all([...this.#processes].map(one => one.end()));
  }

  /** The process with the fewest questions, unless that is too many. */
  #free(): QueryProcess | undefined {
    const [first] = [...this.#processes].filter(({ isEnding }) => !isEnding).sort((a, b) => a.questions - b.questions);
    return first && first.questions < this.#options.questionsAtOnce ? first : undefined;
  }

  #mayStart(): boolean {
    return !this.#isStopped && this.#processes.size < this.#options.processes;
  }

  #start(): QueryProcess {
    const started = new QueryProcess(this.#options, {
      freed: () => this.#wake(),
      ended: () => {
        this.#processes.delete(started);
        this.#wake();
      },
    });
    this.#processes.add(started);
    return started;
  }

  #woken(signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      const end = (): void => {
        this.#waiting.delete(end);
        signal.removeEventListener('abort', end);
        resolve();
      };
      this.#waiting.add(end);
      signal.addEventListener('abort', end);
    });
  }

  #wake(): void {
    for (const end of [...this.#waiting]) end();
  }
}

/** One process of a pool. */
class QueryProcess {
  readonly #child: ChildProcess;
  /** Questions that wait for its start; undefined once it has started. */
  #early: Socket[] | undefined = [];
  #questions = 0;
  #isEnding = false;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(
    { store, kind, processes, memoryShares = processes }: QueryPoolOptions,
    events: { freed(): void; ended(): void },
  ) {
    const program = fileURLToPath(builtFile(import.meta.url, 'cli/query-service/process'));
    this.#child = fork(program, [store, kind, String(memoryShares)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: [],
      env: environmentWithoutSecrets(),
    });
    const overdue = setTimeout(() => this.#child.kill('SIGKILL'), START_MS);
    this.#child.on('message', (message: QueryProcessMessage) => {
      clearTimeout(overdue);
      if (message === 'ready') this.#begin();
      else this.#freed();
      events.freed();
    });
    let hasEnded = false;
    // An error means that the process could not be started.
    for (const event of ['exit', 'error']) {
      this.#child.once(event, () => {
        if (hasEnded) return;
        hasEnded = true;
        clearTimeout(overdue);
        clearTimeout(this.#idleTimer);
        for (const client of this.#early ?? []) client.end(frame(FRAME.decline, 'the query process did not start'));
        events.ended();
      });
    }
  }

  /** The number of questions under way. */
  get questions(): number {
    return this.#questions;
  }

  /** True once it takes no more questions. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Gives it the socket of a question, at once or when it has started. */
  give(client: Socket): void {
    clearTimeout(this.#idleTimer);
    this.#questions++;
    if (this.#early) this.#early.push(client);
    else this.#send(client);
  }

  async end(): Promise<void> {
    this.#isEnding = true;
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise(resolve => this.#child.once('exit', resolve));
    // It removes its temporary files first.
    if (this.#child.connected) this.#child.disconnect();
    const overdue = setTimeout(() => this.#child.kill('SIGKILL'), END_MS);
    await ended;
    clearTimeout(overdue);
  }

  #begin(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const client of early) this.#send(client);
  }

  #send(client: Socket): void {
    this.#child.send('question', client, error => {
      if (!error) return;
      client.destroy();
      this.#child.kill('SIGKILL');
    });
  }

  #freed(): void {
    this.#questions--;
    if (this.#questions === 0) this.#idleTimer = setTimeout(() => void this.end(), IDLE_MS).unref();
  }
}
