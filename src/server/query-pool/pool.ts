import { fork, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { FRAME, frame } from '../../client/query-frames.js';
import { builtFile } from '../../core/built-file.js';
import { environmentWithoutSecrets } from '../child-environment.js';

/** Query processes of a server: a question a process at a time, and the server's own work keeps a core. */
export const DEFAULT_QUERY_PROCESSES = 2;

/** A process without a question for this long ends, in milliseconds: it holds some 120 MB. */
const IDLE_MS = 5 * 60_000;

/** Time for a process to start, in milliseconds; on a loaded machine it takes seconds. */
const START_MS = 30_000;

/** Messages from a query process to the pool. */
export type QueryProcessMessage = 'ready' | 'idle';

interface QueryProcess {
  readonly child: ChildProcess;
  state: 'starting' | 'idle' | 'busy';
  /** The question under way, or the one that waits for the start. */
  client: Socket | undefined;
  idleTimer: NodeJS.Timeout | undefined;
}

/** The options of {@link QueryPool}. */
export interface QueryPoolOptions {
  /** The store's directory. */
  readonly store: string;
  /** The number of processes. */
  readonly processes?: number;
}

/**
 * Processes that answer questions about a store. Each takes one question at a time, whose socket it gets: neither the
 * question nor its rows pass through this process. The first question starts them, and they end after some minutes
 * without one. A process that dies closes the socket of its question and hurts no other.
 */
export class QueryPool {
  readonly #options: Required<QueryPoolOptions>;
  readonly #processes = new Set<QueryProcess>();
  #isStopped = false;

  constructor(options: QueryPoolOptions) {
    this.#options = { processes: DEFAULT_QUERY_PROCESSES, ...options };
  }

  /**
   * Gives the socket to a process, or declines when all are busy: a client then answers by itself, rather than wait
   * behind a question of any length.
   */
  take(client: Socket): void {
    const idle = [...this.#processes].find(({ state }) => state === 'idle');
    if (idle) this.#give(idle, client);
    else if (!this.#isStopped && this.#processes.size < this.#options.processes) this.#start(client);
    else client.end(frame(FRAME.decline, 'all query processes are busy'));
  }

  /** True when a question would be answered at once. */
  get hasRoom(): boolean {
    return this.#processes.size < this.#options.processes || [...this.#processes].some(({ state }) => state === 'idle');
  }

  /** Ends all processes; a question under way loses its connection. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...this.#processes].map(one => this.#end(one)));
  }

  #start(client: Socket): void {
    const { store, processes } = this.#options;
    const child = fork(fileURLToPath(builtFile(import.meta.url, 'cli/query-service/process')), [store, `${processes}`], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: [],
      env: environmentWithoutSecrets(),
    });
    const one: QueryProcess = { child, state: 'starting', client, idleTimer: undefined };
    this.#processes.add(one);
    const overdue = setTimeout(() => child.kill('SIGKILL'), START_MS);
    child.on('message', (message: QueryProcessMessage) => {
      clearTimeout(overdue);
      this.#becomeFree(one, message);
    });
    // 'close' would wait for stdio; an error means that the process could not be started.
    for (const event of ['exit', 'error']) {
      child.once(event, () => {
        clearTimeout(overdue);
        clearTimeout(one.idleTimer);
        this.#processes.delete(one);
        if (one.state === 'starting') one.client?.end(frame(FRAME.decline, 'the query process did not start'));
      });
    }
  }

  #becomeFree(one: QueryProcess, message: QueryProcessMessage): void {
    const waiting = message === 'ready' ? one.client : undefined;
    one.client = undefined;
    one.state = 'idle';
    if (waiting && !waiting.destroyed) {
      this.#give(one, waiting);
      return;
    }
    one.idleTimer = setTimeout(() => void this.#end(one), IDLE_MS).unref();
  }

  #give(one: QueryProcess, client: Socket): void {
    clearTimeout(one.idleTimer);
    one.state = 'busy';
    one.child.send('question', client, error => {
      if (!error) return;
      client.destroy();
      one.child.kill('SIGKILL');
    });
  }

  async #end({ child }: QueryProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise(resolve => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }
}
