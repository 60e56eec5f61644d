import { codeOf, messageOf } from '../core/errors.js';
import { QueryApi } from './query-api/api.js';
import { createReadToken, type ReadToken } from './query-api/read-token.js';
import { listenForQueries, type QueryListener } from './query-pool/listener.js';
import { QueryPool } from './query-pool/pool.js';

/** Open tails over HTTP that one process follows. */
const TAILS_AT_ONCE = 16;

/** The share of a query's memory that a tail gets: it holds one batch of rows. */
const TAIL_MEMORY_SHARES = 16;

/** The options of {@link Queries}. */
export interface QueriesOptions {
  readonly store: string;
  readonly version: string;
  /** Query processes; 0 for none. */
  readonly processes: number;
  /** Logs a line for the operator. */
  readonly log: (text: string) => void;
}

/** Everything by which a server answers questions: the processes, their sockets, the token file and the HTTP API. */
export class Queries {
  readonly #options: QueriesOptions;
  readonly #questions: QueryPool;
  readonly #tails: QueryPool;
  readonly token: ReadToken | undefined;
  #listeners: { readonly questions: QueryListener; readonly tails: QueryListener } | undefined;
  #api: QueryApi | undefined;

  constructor(options: QueriesOptions) {
    const { store, processes } = options;
    this.#options = options;
    this.#questions = new QueryPool({ store, kind: 'questions', processes, questionsAtOnce: 1 });
    this.#tails = new QueryPool({
      store,
      kind: 'tails',
      processes: 1,
      questionsAtOnce: TAILS_AT_ONCE,
      memoryShares: TAIL_MEMORY_SHARES,
    });
    this.token = processes > 0 ? this.#createToken() : undefined;
  }

  /** The path of the local query socket; undefined without one. */
  get socket(): string | undefined {
    return this.#listeners?.questions.path;
  }

  /** The answers over HTTP; undefined where no questions are answered. */
  get api(): QueryApi | undefined {
    return this.#api;
  }

  /** Opens the sockets. Where the system has none, commands open the store themselves, and HTTP answers no questions. */
  async listen(): Promise<void> {
    const { store, version, processes } = this.#options;
    if (processes === 0) return;
    const questions = await listenForQueries(store, 'query', process.env, this.#questions);
    const tails = await listenForQueries(store, 'tail', process.env, this.#tails);
    if (!questions || !tails) return;
    this.#listeners = { questions, tails };
    if (!this.token) return;
    this.#api = new QueryApi({
      store,
      version,
      processes,
      tailsAtOnce: TAILS_AT_ONCE,
      questions: { pool: this.#questions, socket: questions.path },
      tailSocket: tails.path,
    });
  }

  /** A server whose directory takes no file still receives. */
  #createToken(): ReadToken | undefined {
    const { store, log } = this.#options;
    try {
      return createReadToken(store);
    } catch (error) {
      if (codeOf(error) === undefined) throw error;
      log(`answers no queries over HTTP: cannot write the token for them: ${messageOf(error)}`);
      return undefined;
    }
  }

  /** Removes the token file. Call it last: it fails in a read-only directory. */
  removeToken(): void {
    this.token?.remove();
  }

  /** Takes no more questions, and ends those under way. */
  async stop(): Promise<void> {
    this.#listeners?.questions.close();
    this.#listeners?.tails.close();
    await Promise.all([this.#questions.stop(), this.#tails.stop()]);
  }
}
