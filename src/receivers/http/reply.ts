import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf } from '../../core/errors.js';
import { DecodeError } from '../../formats/decoder.js';
import { CONTENT_ENCODINGS } from '../../formats/compression/inflate.js';
import type { Durability } from '../../store/database/store.js';
import type { StreamProgress } from '../../store/journal/stream-writer.js';
import { sendResponse } from './send-response.js';
import { DURABILITY_HEADER, originOf, RETRY_AFTER_SECONDS, type RefusalDetail, type TurnedAway } from '../intake.js';

/** The failure of a request, as reported in the reply. */
export interface Failure {
  readonly status: number;
  readonly reason: TurnedAway;
  readonly message: string;
  readonly line?: number | undefined;
  readonly offset?: number | undefined;
  /** The index of the event in the request, from 0. */
  readonly index?: number | undefined;
  readonly field?: string | undefined;
}

/** The failure of open requests when the server stops. */
export const STOPPING: Failure = { status: 503, reason: 'stopping', message: 'the server is stopping' };

/** The reply to a successful request. */
export interface Success {
  readonly status: number;
  /** Further members next to the counts. They make the reply JSON, whatever the client accepts. */
  readonly more?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** The reason why a part of the request was not stored. */
  readonly problem?: string;
}

/** The status of a reply without a body (RFC 9110, section 15.3.5). */
const NO_CONTENT = 204;

/** The statuses of refusals other than 400. */
const STATUS_OF: Partial<Record<TurnedAway, number>> = {
  event_too_large: 413,
  request_too_large: 413,
  inflates_too_much: 413,
  unsupported_media: 415,
  busy: 503,
};

/** Converts the error of a decoder to a failure. Any other error is an internal error. */
export function asFailure(error: unknown): Failure {
  if (!(error instanceof DecodeError)) return { status: 500, reason: 'defect', message: messageOf(error) };
  const { reason, message, line, offset, index, field } = error;
  return { status: STATUS_OF[reason] ?? 400, reason, message, line, offset, index, field };
}

/** The failure of a request when the journal fails: no pending event is stored, and the client may retry. */
export function journalFailure({ error }: StreamProgress): Failure | undefined {
  return error && { status: 503, reason: 'journal_failure', message: error.message };
}

/**
 * Replies once a stream is closed: with the decimal number of stored events and a line feed, or with JSON if the client
 * accepts it. After an error, the message precedes the number.
 * @param position the number of the last event of a source that numbers its events
 */
export function reply(
  request: IncomingMessage,
  response: ServerResponse,
  durability: Durability,
  { id, stored, duplicates, repeated, denied }: StreamProgress & { readonly id: number },
  failure: Failure | undefined,
  { status, more, headers, problem }: Success,
  position?: number,
): void {
  if (response.destroyed) return;
  if (!failure && status === NO_CONTENT) {
    response.writeHead(status, { [DURABILITY_HEADER]: durability, ...headers }).end();
    return;
  }
  const isJson = more !== undefined || request.headers.accept?.includes('application/json') === true;
  let body: string;
  if (isJson) {
    const counted = {
      accepted: stored,
      duplicates,
      ...(repeated > 0 && { stored_before: repeated }),
      ...(denied > 0 && { denied }),
      stream: id,
      ...(position !== undefined && { position }),
    };
    const { message: error, reason, line, offset, index, field } = failure ?? {};
    body = JSON.stringify(
      failure
        ? { ...counted, error, reason, index, field, line, offset }
        : { ...counted, ...(problem !== undefined && { error: problem }), ...more },
    );
  } else {
    const reason = failure ? explained(failure) : problem;
    body = reason === undefined ? `${stored}\n` : `${reason}\n${stored}\n`;
  }
  if (failure?.status === 503) response.setHeader('retry-after', RETRY_AFTER_SECONDS);
  if (failure?.status === 415) response.setHeader('accept-encoding', CONTENT_ENCODINGS.join(', '));
  const type = isJson ? 'application/json' : 'text/plain; charset=utf-8';
  const sent =
    failure || !headers
      ? { [DURABILITY_HEADER]: durability, 'content-type': type }
      : { [DURABILITY_HEADER]: durability, ...headers, 'content-type': type };
  sendResponse(response, failure?.status ?? status, body, sent);
}

/** The message of a failure, with the line and offset if known. */
export function explained({ message, line, offset }: Pick<Failure, 'message' | 'line' | 'offset'>): string {
  if (line === undefined && offset === undefined) return message;
  const parts = [line === undefined ? [] : [`line ${line}`], offset === undefined ? [] : [`byte offset ${offset}`]];
  return `${message} (${parts.flat().join(', ')})`;
}

/** Failures that only mean that the client or this server ended the request. */
const ORDINARY: ReadonlySet<TurnedAway> = new Set(['client_gone', 'idle', 'incomplete_call', 'stopping']);

/** True for a failure that need not be logged. */
export function isOrdinary(reason: TurnedAway): boolean {
  return ORDINARY.has(reason);
}

/** The details of a failed request for the operator; undefined when it need not be logged. */
export function detailOf(request: IncomingMessage, failure: Failure): RefusalDetail | undefined {
  return isOrdinary(failure.reason) ? undefined : { ...originOf(request), message: explained(failure) };
}
