import type { IncomingMessage, ServerResponse } from 'node:http';
import { homedir } from 'node:os';
import type { QueryRequest } from '../../client/query-frames.js';
import { Semaphore } from '../../receivers/semaphore.js';
import { answer, type QueryAccess } from './answer.js';
import { sendError, sendThrown } from './errors.js';
import { readBody } from './body.js';
import { queryQuestion, readQuestion, resumedAt, type ApiQuestion } from './request.js';
import { endWithClient, RequestWatch } from './request-watch.js';
import { streamTail } from './tail-stream.js';

/** Questions that wait for a free process; more are refused. */
const MAX_WAITING = 64;

/** The parameters of each reading request. */
const STATS_PARAMETERS = ['by', 'since'];
const SCHEMA_PARAMETERS = ['type'];
const TAIL_PARAMETERS = ['filter', 'type', 'service', 'level', 'grep', 'since', 'until', 'lines', 'from_id'];

/** Options of {@link QueryApi}. */
export interface QueryApiOptions {
  /** The store's directory. */
  readonly store: string;
  readonly version: string;
  /** Questions that are answered at once. */
  readonly processes: number;
  /** The query processes, for questions that end. */
  readonly questions: QueryAccess;
  /** The socket of tails, whose process shares nothing with those of questions. */
  readonly tailSocket: string;
  /** Tails that may be open at once. */
  readonly tailsAtOnce: number;
}

/** Answers questions over HTTP: `/api/query`, `/api/schema`, `/api/stats` and `/api/tail`. */
export class QueryApi {
  readonly #options: QueryApiOptions;
  readonly #permits: Semaphore;
  #waiting = 0;
  #tails = 0;

  constructor(options: QueryApiOptions) {
    this.#options = options;
    this.#permits = new Semaphore(options.processes);
  }

  /** `POST /api/query` */
  async query(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await guarded(response, async () => this.#answer(response, queryQuestion(await readBody(request))));
  }

  /** `GET /api/schema` */
  async schema(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await guarded(response, () =>
      this.#answer(response, readQuestion(['schema'], request.url ?? '', SCHEMA_PARAMETERS)),
    );
  }

  /** `GET /api/stats` */
  async stats(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await guarded(response, () => this.#answer(response, readQuestion(['stats'], request.url ?? '', STATS_PARAMETERS)));
  }

  /** `GET /api/tail`; `Last-Event-ID` continues after that event. */
  async tail(request: IncomingMessage, response: ServerResponse): Promise<void> {
    await guarded(response, async () => {
      const { args } = readQuestion(['tail'], request.url ?? '', TAIL_PARAMETERS);
      const resumed = resumedAt(args, request.headers['last-event-id']);
      const { tailsAtOnce, tailSocket } = this.#options;
      if (this.#tails >= tailsAtOnce) {
        sendError(response, 503, 'busy', `${tailsAtOnce} tails are open already`);
        return;
      }
      this.#tails++;
      try {
        const ndjson = resumed.map(arg => (arg === '--format=json' ? '--format=ndjson' : arg));
        await streamTail(response, this.#requestOf(ndjson), tailSocket);
      } finally {
        this.#tails--;
      }
    });
  }

  async #answer(response: ServerResponse, { args, contentType, timeoutMs }: ApiQuestion): Promise<void> {
    if (this.#waiting >= MAX_WAITING) {
      sendError(response, 503, 'busy', `${MAX_WAITING} questions wait already`);
      return;
    }
    const watch = new RequestWatch(response, timeoutMs);
    const release = await this.#permit(watch.signal);
    try {
      await answer(response, contentType, this.#requestOf(args), this.#options.questions, watch);
    } finally {
      watch.stop();
      release();
    }
  }

  /** Waits for a permit, or until the signal aborts. Returns a function that gives it back. */
  async #permit(signal: AbortSignal): Promise<() => void> {
    let release: () => void = () => undefined;
    this.#waiting++;
    await new Promise<void>(resolve => {
      release = this.#permits.acquire(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
      if (signal.aborted) resolve();
    });
    this.#waiting--;
    return release;
  }

  /** The question of a client without a terminal, in the store's own directory: the settings of no user apply. */
  #requestOf(args: readonly string[]): QueryRequest {
    const { version, store } = this.#options;
    const end = { isTTY: false, columns: 0 };
    const [command = '', ...rest] = args;
    return {
      version,
      args: [command, `--store=${store}`, ...rest],
      cwd: store,
      env: { HOME: homedir(), ...(process.env.TZ !== undefined && { TZ: process.env.TZ }) },
      uid: process.getuid?.(),
      stdout: end,
      stderr: end,
    };
  }
}

/** Answers with the error of a request. Never throws: a client that disconnects must not end the server. */
async function guarded(response: ServerResponse, serve: () => Promise<void>): Promise<void> {
  endWithClient(response);
  try {
    await serve();
  } catch (error) {
    if (response.headersSent) response.destroy();
    else if (!response.destroyed) sendThrown(response, error);
  }
}
