import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf } from '../../core/errors.js';
import { DecodeError } from '../../formats/decoder.js';
import { CONTENT_ENCODINGS } from '../../formats/compression/inflate.js';
import type { Durability } from '../../store/database/store.js';
import type { StreamProgress } from '../../store/journal/writer.js';
import { endReply } from './send-response.js';
import { DURABILITY_HEADER, originOf, RETRY_AFTER_SECONDS, type RefusalDetail, type TurnedAway } from '../intake.js';

/** What is wrong with a request, as its reply says it. */
export interface Failure {
  readonly status: number;
  readonly reason: TurnedAway;
  readonly message: string;
  readonly line?: number | undefined;
  readonly offset?: number | undefined;
  /** Which event of the request it is, from 0, and which of its fields. */
  readonly index?: number | undefined;
  readonly field?: string | undefined;
}

/** What requests under way are told once the server stops. */
export const STOPPING: Failure = { status: 503, reason: 'stopping', message: 'the server is stopping' };

/** How a path replies when all went well. */
export interface Success {
  readonly status: number;
  /** Said beside the counts; a reply that has more to say than a count is JSON whatever the client accepts. */
  readonly more?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Why a part of the request was not stored, where the rest was. */
  readonly problem?: string;
}

/** The status of a reply without a body (RFC 9110, section 15.3.5). */
const NO_CONTENT = 204;

/** The statuses of refusals that are not the body's being wrong. */
const STATUS_OF: Partial<Record<TurnedAway, number>> = {
  event_too_large: 413,
  request_too_large: 413,
  inflates_too_much: 413,
  unsupported_media: 415,
  busy: 503,
};

/** What a decoder's error means for the request. Any other error is a defect. */
export function asFailure(error: unknown): Failure {
  if (!(error instanceof DecodeError)) return { status: 500, reason: 'defect', message: messageOf(error) };
  const { reason, message, line, offset, index, field } = error;
  return { status: STATUS_OF[reason] ?? 400, reason, message, line, offset, index, field };
}

/** What a failing journal means for the request: nothing that was pending is stored, and the client may try again. */
export function journalFailure({ error }: StreamProgress): Failure | undefined {
  return error && { status: 503, reason: 'journal_failure', message: error.message };
}

/**
 * Replies once a stream is closed: the decimal count of events stored and a line feed, or the same as JSON where the client
 * accepts it. On an error the first line says what was wrong, and the count follows.
 * @param position of the last event taken, where they belong to a feed.
 */
export function reply(
  request: IncomingMessage,
  response: ServerResponse,
  durability: Durability,
  { id, stored, duplicates, denied }: StreamProgress & { readonly id: number },
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
  endReply(response, failure?.status ?? status, body, {
    [DURABILITY_HEADER]: durability,
    ...(!failure && headers),
    'content-type': isJson ? 'application/json' : 'text/plain; charset=utf-8',
  });
}

/** The message of a failure, with its place in the body where there is one. */
export function explained({ message, line, offset }: Pick<Failure, 'message' | 'line' | 'offset'>): string {
  if (line === undefined && offset === undefined) return message;
  const parts = [line === undefined ? [] : [`line ${line}`], offset === undefined ? [] : [`byte offset ${offset}`]];
  return `${message} (${parts.flat().join(', ')})`;
}

/** Failures that only say that the other side, or this server, ended the request. */
const ORDINARY: ReadonlySet<TurnedAway> = new Set(['client_gone', 'idle', 'incomplete_call', 'stopping']);

/** True for a failure that the operator has no use for a line about. */
export function isOrdinary(reason: TurnedAway): boolean {
  return ORDINARY.has(reason);
}

/** What the operator is told of a request that failed. */
export function detailOf(request: IncomingMessage, failure: Failure): RefusalDetail | undefined {
  return isOrdinary(failure.reason) ? undefined : { ...originOf(request), message: explained(failure) };
}
