import type { IncomingMessage, ServerResponse } from 'node:http';
import { DecodeError } from '../decode/decoder.js';
import { decoderFor } from '../decode/media.js';
import type { StreamWriter } from '../journal/writer.js';
import { readBody, type BodyReading } from './http-body.js';
import { DURABILITY_HEADER, progressCounter, RETRY_AFTER_SECONDS, type Intake, type TurnedAway } from './intake.js';
import { headerWriter } from './stream-headers.js';

/** After a refusal, what a client may still send before its connection is cut: enough for it to read the reply first. */
const DRAIN_BYTES = 4 * 1024 * 1024;

/** How long it may take to do so. */
const DRAIN_MS = 2000;

/** What is wrong with a request, as its reply says it. */
interface Failure {
  readonly status: number;
  readonly reason: TurnedAway;
  readonly message: string;
  readonly line?: number | undefined;
  readonly offset?: number | undefined;
}

/** The HTTP transport: one POST is one stream. */
export interface HttpTransport {
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Ends the POSTs under way: what arrived is committed, and the reply says how many events that is. */
  stop(): void;
  readonly active: number;
}

/** Creates the transport: events are decoded and committed while they arrive, and the reply counts those on disk. */
export function httpTransport(intake: Intake): HttpTransport {
  const { writer, counts, maxEventBytes } = intake;
  const headersAsJson = headerWriter();
  const underWay = new Set<(failure: Failure) => void>();

  function handle(request: IncomingMessage, response: ServerResponse): void {
    let failure: Failure | undefined;
    let reading: BodyReading | undefined;
    let isClosing = false;
    const count = progressCounter(counts, 'http');

    const stream = writer.openStream(
      {
        transport: 'http',
        remote: request.socket.remoteAddress,
        path: request.url?.split('?', 1)[0],
        headers: headersAsJson(request.rawHeaders),
      },
      (progress, closed) => {
        count(progress);
        if (closed) {
          underWay.delete(fail);
          reply(request, response, intake, progress, failure ?? journalFailure(progress));
        } else if (progress.error) fail(journalFailure(progress)!);
      },
    );

    /** Reads no further; once all that came before is on disk, replies. */
    function close(): void {
      if (isClosing) return;
      isClosing = true;
      reading?.stop();
      stream.close();
    }

    function fail(reason: Failure): void {
      failure ??= reason;
      if (!isClosing) counts.refused(reason.reason);
      close();
    }

    underWay.add(fail);
    request.on('close', () => {
      if (!request.complete) fail({ status: 400, reason: 'client_gone', message: 'the client went away' });
    });
    request.on('timeout', () => {
      fail({ status: 408, reason: 'idle', message: `nothing was sent for ${intake.idleTimeoutMs / 1000} s` });
    });
    try {
      const decoder = decoderFor(request.headers['content-type'], stream.append, { maxEventBytes });
      reading = readBody(request, decoder, intake, end => {
        if (end instanceof Error) fail(asFailure(end));
        else close();
      });
    } catch (error) {
      fail(asFailure(error));
    }
  }

  return {
    handle,
    get active() {
      return underWay.size;
    },
    stop() {
      for (const fail of underWay) fail({ status: 503, reason: 'stopping', message: 'the server is stopping' });
    },
  };
}

function asFailure(error: unknown): Failure {
  if (!(error instanceof DecodeError)) return { status: 400, reason: 'client_gone', message: 'the client went away' };
  const { reason, message, line, offset } = error;
  const status =
    reason === 'event_too_large' || reason === 'inflates_too_much' ? 413 : reason === 'unsupported_media' ? 415 : 400;
  return { status, reason, message, line, offset };
}

function journalFailure({ error }: StreamWriter): Failure | undefined {
  return error && { status: 503, reason: 'journal_failure', message: error.message };
}

/**
 * Replies once a stream is closed: the decimal count of events stored, or the same as JSON where the client accepts it.
 * On an error the count is the first line, and what was wrong the second.
 */
function reply(
  request: IncomingMessage,
  response: ServerResponse,
  { durability }: Intake,
  { id, stored, duplicates }: StreamWriter,
  failure: Failure | undefined,
): void {
  if (response.destroyed) return;
  response.setHeader(DURABILITY_HEADER, durability);
  if (failure?.status === 503) response.setHeader('retry-after', RETRY_AFTER_SECONDS);
  const counted = { accepted: stored, duplicates, stream: id };
  let body: string;
  if (request.headers.accept?.includes('application/json') === true) {
    response.setHeader('content-type', 'application/json');
    const { reason, message, line, offset } = failure ?? {};
    body = JSON.stringify(failure ? { ...counted, error: message, reason, line, offset } : counted);
  } else {
    response.setHeader('content-type', 'text/plain; charset=utf-8');
    body = failure ? `${stored}\n${failure.message}${placeOf(failure)}\n` : String(stored);
  }
  response.statusCode = failure?.status ?? 200;
  if (!request.complete) drain(request, response);
  response.setHeader('content-length', Buffer.byteLength(body));
  response.end(body);
}

function placeOf({ line, offset }: Failure): string {
  const parts = [line === undefined ? [] : [`line ${line}`], offset === undefined ? [] : [`byte offset ${offset}`]];
  const place = parts.flat().join(', ');
  return place === '' ? '' : ` (${place})`;
}

/** Takes what the client still sends, within bounds: cutting it off at once could cost it the reply. */
function drain(request: IncomingMessage, response: ServerResponse): void {
  let drained = 0;
  const cut = (): void => void request.socket.destroy();
  const timer = setTimeout(cut, DRAIN_MS);
  response.once('close', () => clearTimeout(timer));
  request.removeAllListeners('data');
  request.on('data', (chunk: Buffer) => {
    drained += chunk.length;
    if (drained > DRAIN_BYTES) cut();
  });
  request.on('end', () => clearTimeout(timer));
  request.resume();
}
