import type { ServerResponse } from 'node:http';
import type { QueryRequest } from '../../client/query-frames.js';
import { Question } from '../../client/question.js';
import { EXIT } from '../../core/errors.js';
import { sendResponse } from '../../receivers/http/send-response.js';
import { BUSY, type QueryPool } from '../query-pool/pool.js';

/** The statuses of errors by exit code; any other is 500. */
const STATUS: Readonly<Record<number, number>> = {
  [EXIT.usage]: 400,
  [EXIT.sql]: 400,
  [EXIT.interrupted]: 503,
};

/** The names of errors by exit code. */
const KIND: Readonly<Record<number, string>> = {
  [EXIT.failure]: 'failure',
  [EXIT.usage]: 'usage',
  [EXIT.noStore]: 'no_store',
  [EXIT.sql]: 'sql',
  [EXIT.interrupted]: 'interrupted',
};

/** The longest text of an error that is kept, in characters. */
export const MAX_ERROR_CHARACTERS = 64 * 1024;

/** A header with the warnings of the command, such as that of a damaged segment. */
const WARNING_HEADER = 'telemetry-warning';

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
): Promise<void> {
  while (!response.destroyed) {
    await pool.room();
    const reply = new Reply(response, contentType);
    const question = new Question(socket, request, {
      out: bytes => reply.write(bytes) || question.pause(),
      err: bytes => reply.note(bytes),
    });
    const resume = (): void => question.resume();
    const abandon = (): void => question.abandon();
    response.on('drain', resume).on('close', abandon);
    const outcome = await question.outcome;
    response.off('drain', resume).off('close', abandon);
    if (outcome.kind === 'declined' && outcome.reason === BUSY) continue;
    if (outcome.kind === 'exit') reply.end(outcome.code);
    else reply.fail(outcome.kind === 'lost' ? 'the query process ended' : outcome.reason);
    return;
  }
}

/** Sends an error as JSON: its text, the remedy, and its kind. */
export function sendError(response: ServerResponse, status: number, kind: string, text: string): void {
  const [error = '', ...remedy] = text
    .trimEnd()
    .replace(/^telemetry: /, '')
    .split('\n');
  const body = { error, ...(remedy.length > 0 && { detail: remedy.join('\n') }), kind };
  sendResponse(response, status, `${JSON.stringify(body)}\n`, { 'content-type': 'application/json' });
}

/** The reply to one request. */
class Reply {
  readonly #response: ServerResponse;
  readonly #contentType: string;
  #notes = '';

  constructor(response: ServerResponse, contentType: string) {
    this.#response = response;
    this.#contentType = contentType;
  }

  /** @returns false while the client is slow. */
  write(bytes: Buffer): boolean {
    if (this.#response.destroyed) return true;
    this.#begin();
    // A copy, since the bytes are valid during the call only.
    return this.#response.write(Buffer.from(bytes));
  }

  note(bytes: Buffer): void {
    if (this.#notes.length < MAX_ERROR_CHARACTERS) this.#notes += bytes.toString();
  }

  end(code: number): void {
    if (this.#response.destroyed) return;
    if (code === EXIT.ok) {
      this.#begin();
      this.#response.end();
    } else if (this.#response.headersSent) this.#response.destroy();
    else sendError(this.#response, STATUS[code] ?? 500, KIND[code] ?? 'failure', this.#notes);
  }

  fail(reason: string): void {
    if (this.#response.headersSent) this.#response.destroy();
    else if (!this.#response.destroyed) sendError(this.#response, 503, 'unavailable', reason);
  }

  #begin(): void {
    if (this.#response.headersSent) return;
    const warning = this.#notes
      .trim()
      .replace(/\s*\n\s*/g, '; ')
      .replace(/[^\x20-\x7e]/g, '?');
    this.#response.writeHead(200, {
      'content-type': this.#contentType,
      'cache-control': 'no-store',
      ...(warning !== '' && { [WARNING_HEADER]: warning }),
    });
  }
}
