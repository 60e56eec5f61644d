import type { ServerResponse } from 'node:http';
import type { QueryRequest } from '../../client/query-frames.js';
import { Question, type QuestionOutcome } from '../../client/question.js';
import { EXIT } from '../../core/errors.js';
import { MAX_ERROR_CHARACTERS } from './answer.js';
import { sendCommandError, sendError } from './errors.js';
import { warningComments, warningHeader } from './warnings.js';

/** Interval between comments on a quiet stream, in milliseconds: proxies close idle connections after 30 s or more. */
const HEARTBEAT_MS = 15_000;

/** The id with which every line of `telemetry tail --format ndjson` begins. */
const LINE_ID = /^\{"id":(\d+),/;

/**
 * Time for a tail without output to begin, in milliseconds, after which its stream is opened for the client, which waits
 * for the headers. Until then it can fail with a status of an error.
 */
const OPEN_MS = 10_000;

/**
 * Sends the lines of a `telemetry tail --format ndjson` as server-sent events (HTML Living Standard, section 9.2), each
 * with the id of its event, by which a client resumes. Warnings are in a header, later ones in comments.
 */
export async function streamTail(response: ServerResponse, request: QueryRequest, socket: string): Promise<void> {
  const stream = new EventStream(response);
  const question = new Question(socket, request, {
    out: bytes => stream.write(bytes) || question.pause(),
    err: bytes => stream.note(bytes),
    caughtUp: () => stream.begin(),
  });
  response.on('drain', () => question.resume());
  response.once('close', () => question.abandon());
  if (response.destroyed) question.abandon();
  stream.end(await question.outcome);
}

/** The reply to a tail. */
class EventStream {
  readonly #response: ServerResponse;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #opening: NodeJS.Timeout;
  readonly #lines = { out: new LineReader(), err: new LineReader() };
  /** The text that the tail printed on stderr before the stream began. */
  #notes = '';

  constructor(response: ServerResponse) {
    this.#response = response;
    this.#heartbeat = setInterval(() => {
      this.begin();
      response.write(':\n\n');
    }, HEARTBEAT_MS);
    this.#opening = setTimeout(() => this.begin(), OPEN_MS);
  }

  /** @returns false while the client is slow. */
  write(bytes: Buffer): boolean {
    this.begin();
    const lines = this.#lines.out.read(bytes);
    return lines.length === 0 || this.#response.write(lines.map(eventText).join(''));
  }

  note(bytes: Buffer): void {
    const lines = this.#lines.err.read(bytes);
    if (this.#response.headersSent) this.#response.write(lines.map(warningComments).join(''));
    else if (this.#notes.length < MAX_ERROR_CHARACTERS) this.#notes += lines.map(line => `${line}\n`).join('');
  }

  end(outcome: QuestionOutcome): void {
    clearInterval(this.#heartbeat);
    clearTimeout(this.#opening);
    if (this.#response.destroyed) return;
    if (this.#response.headersSent) this.#response.end();
    else if (outcome.kind === 'exit' && outcome.code !== EXIT.ok) {
      sendCommandError(this.#response, outcome.code, this.#notes);
    } else sendError(this.#response, 503, 'unavailable', 'the tail ended');
  }

  /** Sends the headers, once. */
  begin(): void {
    if (this.#response.headersSent || this.#response.destroyed) return;
    const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', ...warningHeader(this.#notes) };
    this.#response.writeHead(200, headers);
    this.#response.write(': telemetry tail\n\n');
  }
}

/** Splits bytes into lines. */
class LineReader {
  readonly #decoder = new TextDecoder();
  #rest = '';

  /** The lines that end in these bytes. */
  read(bytes: Buffer): string[] {
    const lines = (this.#rest + this.#decoder.decode(bytes, { stream: true })).split('\n');
    this.#rest = lines.pop()!;
    return lines;
  }
}

function eventText(line: string): string {
  const id = LINE_ID.exec(line)?.[1];
  return `${id === undefined ? '' : `id: ${id}\n`}data: ${line}\n\n`;
}
