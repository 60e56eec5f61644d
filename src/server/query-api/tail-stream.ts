import type { ServerResponse } from 'node:http';
import type { QueryRequest } from '../../client/query-frames.js';
import { Question } from '../../client/question.js';
import { MAX_ERROR_CHARACTERS } from './answer.js';
import { sendError } from './errors.js';

/** Interval between comments on a quiet stream, in milliseconds: proxies close idle connections after 30 s or more. */
const HEARTBEAT_MS = 15_000;

/** The id with which every line of `telemetry tail --format ndjson` begins. */
const LINE_ID = /^\{"id":(\d+),/;

/**
 * Sends the lines of a `telemetry tail --format ndjson` as server-sent events (HTML Living Standard, section 9.2), each
 * with the id of its event, by which a client resumes.
 */
export async function streamTail(response: ServerResponse, request: QueryRequest, socket: string): Promise<void> {
  let rest = '';
  let notes = '';
  const begin = (): void => {
    if (response.headersSent) return;
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write(': telemetry tail\n\n');
  };
  const decoder = new TextDecoder();
  const question = new Question(socket, request, {
    out: bytes => {
      begin();
      const lines = (rest + decoder.decode(bytes, { stream: true })).split('\n');
      rest = lines.pop()!;
      if (lines.length > 0 && !response.write(lines.map(eventText).join(''))) question.pause();
    },
    // The reply reports errors only before its stream begins; a tail may warn for days.
    err(bytes) {
      if (!response.headersSent && notes.length < MAX_ERROR_CHARACTERS) notes += bytes.toString();
    },
  });
  response.on('drain', () => question.resume());
  // A tail without past events prints nothing at first; a client waits for the headers.
  const heartbeat = setInterval(() => {
    begin();
    response.write(':\n\n');
  }, HEARTBEAT_MS);
  const opened = setTimeout(begin, OPEN_MS);
  response.once('close', () => question.abandon());
  const outcome = await question.outcome;
  clearInterval(heartbeat);
  clearTimeout(opened);
  if (response.destroyed) return;
  if (response.headersSent) response.end();
  else if (outcome.kind === 'exit' && outcome.code !== 0) sendError(response, 400, 'usage', notes);
  else sendError(response, 503, 'unavailable', 'the tail ended');
}

/** Time for a tail to fail on its options before its stream begins, in milliseconds. */
const OPEN_MS = 1000;

function eventText(line: string): string {
  const id = LINE_ID.exec(line)?.[1];
  return `${id === undefined ? '' : `id: ${id}\n`}data: ${line}\n\n`;
}
