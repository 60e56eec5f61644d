import type { ServerResponse } from 'node:http';
import type { QueryRequest } from '../../client/query-frames.js';
import { Question } from '../../client/question.js';
import { EXIT, TelemetryError } from '../../core/errors.js';
import { BUSY, type QueryPool } from '../query-pool/pool.js';
import { sendCommandError, sendError, sendThrown } from './errors.js';
import type { RequestWatch } from './request-watch.js';
import { warningHeader } from './warnings.js';

/** The longest text of an error that is kept, in characters. */
export const MAX_ERROR_CHARACTERS = 64 * 1024;

/**
 * The first output of a reply is kept until there are this many bytes, or for this many milliseconds, or to the end: a
 * command notices after its rows that no event was within the bounds, and a header is sent before them.
 */
const MAX_KEPT_BYTES = 16 * 1024;
const KEEP_MS = 1000;

/** The way to the query processes of a server. */
export interface QueryAccess {
  readonly pool: QueryPool;
  /** The path of the query socket. */
  readonly socket: string;
}

/**
 * Answers a request with the output of a command line that a query process runs. The status follows from the first
 * output: an error after rows were sent breaks the connection off, so that no client takes a part for the whole.
 */
export async function answer(
  response: ServerResponse,
  contentType: string,
  request: QueryRequest,
  { pool, socket }: QueryAccess,
  watch: RequestWatch,
): Promise<void> {
  const { signal } = watch;
  const isOver = (): boolean => signal.aborted;
  const reply = new Reply(response, contentType);
  for (;;) {
    await pool.room(signal);
    if (isOver()) break;
    watch.isRunning = true;
    const question = new Question(socket, request, {
      out: bytes => reply.write(bytes) || question.pause(),
      err: bytes => reply.note(bytes),
    });
    const resume = (): void => question.resume();
    const abandon = (): void => question.abandon();
    response.on('drain', resume);
    signal.addEventListener('abort', abandon);
    const outcome = await question.outcome;
    response.off('drain', resume);
    signal.removeEventListener('abort', abandon);
    if (isOver()) break;
    if (outcome.kind === 'declined' && outcome.reason === BUSY) {
      watch.isRunning = false;
      continue;
    }
    if (outcome.kind === 'exit') reply.end(outcome.code);
    else if (pool.isStopped) reply.breakOff(stopping());
    else reply.fail(outcome.kind === 'lost' ? 'the query process ended' : outcome.reason);
    return;
  }
  reply.breakOff(signal.reason);
}

function stopping(): TelemetryError {
  return new TelemetryError('interrupted', 'the server is stopping', { remedy: 'Ask again once it runs.' });
}

/** The reply to one request. */
class Reply {
  readonly #response: ServerResponse;
  readonly #contentType: string;
  #notes = '';
  /** The first output, until the reply begins. */
  readonly #kept: Buffer[] = [];
  #keptBytes = 0;
  #keeping: NodeJS.Timeout | undefined;

  constructor(response: ServerResponse, contentType: string) {
    this.#response = response;
    this.#contentType = contentType;
  }

  /** @returns false while the client is slow. */
  write(bytes: Buffer): boolean {
    if (this.#response.destroyed) return true;
    // A copy, since the bytes are valid during the call only.
    const copy = Buffer.from(bytes);
    if (this.#response.headersSent) return this.#response.write(copy);
    this.#kept.push(copy);
    this.#keptBytes += copy.length;
    if (this.#keptBytes >= MAX_KEPT_BYTES) return this.#begin();
    this.#keeping ??= setTimeout(() => this.#begin(), KEEP_MS);
    return true;
  }

  note(bytes: Buffer): void {
    if (this.#notes.length < MAX_ERROR_CHARACTERS) this.#notes += bytes.toString();
  }

  end(code: number): void {
    clearTimeout(this.#keeping);
    if (this.#response.destroyed) return;
    if (code === EXIT.ok) {
      this.#begin();
      this.#response.end();
    } else if (this.#response.headersSent) this.#response.destroy();
    else sendCommandError(this.#response, code, this.#notes);
  }

  fail(reason: string): void {
    clearTimeout(this.#keeping);
    if (this.#response.headersSent) this.#response.destroy();
    else if (!this.#response.destroyed) sendError(this.#response, 503, 'unavailable', reason);
  }

  /** Ends a reply before its answer is complete. @param reason an error for the client, if it is still there */
  breakOff(reason: unknown): void {
    clearTimeout(this.#keeping);
    if (this.#response.headersSent) this.#response.destroy();
    else if (!this.#response.destroyed) sendThrown(this.#response, reason);
  }

  /** Sends the headers and the output that was kept. @returns false while the client is slow. */
  #begin(): boolean {
    if (this.#response.headersSent || this.#response.destroyed) return true;
    this.#response.writeHead(200, {
      'content-type': this.#contentType,
      'cache-control': 'no-store',
      ...warningHeader(this.#notes),
    });
    return this.#keptBytes === 0 || this.#response.write(Buffer.concat(this.#kept.splice(0)));
  }
}
