import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Scope } from '../core/scope.js';
import type { Sender } from '../receivers/auth/access.js';
import { refusalHeaders, type Guard } from '../receivers/auth/guard.js';
import type { Refusal } from '../receivers/auth/refusal.js';
import { afterDelay } from '../receivers/http/delay.js';
import { originOf, type IntakeCounts } from '../receivers/intake.js';
import type { OtlpHttpTransport } from '../receivers/otlp/http.js';
import { requestPath } from '../receivers/request-path.js';
import { isOtlpPath } from './otlp-path.js';
import { REFUSAL_KIND, sendError } from './query-api/errors.js';
import { isQueryPath } from './query-path.js';
import { sendText } from './send-text.js';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** The parts of a server that decide on a request before its handler does. */
export interface Gatekeepers {
  readonly guard: Guard;
  readonly counts: IntakeCounts;
  readonly otlp: OtlpHttpTransport;
}

/** The refusal of a request for an unknown path or method. */
export interface Unserved {
  readonly reason: 'not_found' | 'wrong_method' | 'log_record_in_get';
  readonly status: 404 | 405;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Serves GET and HEAD, and refuses any other method. */
export function readOnly(gate: Gatekeepers, serve: Handler): Handler {
  return (request, response) => {
    if (isRead(request)) serve(request, response);
    else refuseUnserved(gate, request, response, onlyServed('GET', 'GET, HEAD'));
  };
}

/** Serves the POSTs of senders that may ingest, and refuses any other method. */
export function onlyPosts(
  gate: Gatekeepers,
  serve: (request: IncomingMessage, response: ServerResponse, sender: Sender) => void,
): Handler {
  return (request, response) => {
    if (request.method !== 'POST') refuseUnserved(gate, request, response, onlyServed('POST'));
    else protect(gate, 'ingest', request, response, sender => serve(request, response, sender));
  };
}

/** Calls `serve` for a sender with the scope; refuses others. */
export function protect(
  gate: Gatekeepers,
  scope: Scope,
  request: IncomingMessage,
  response: ServerResponse,
  serve: (sender: Sender) => void,
): void {
  const { sender, refusal } = gate.guard.authorize(request.headers, scope, request.socket.remoteAddress);
  if (sender) serve(sender);
  else afterDelay(refusal.delayMs, () => refuse(gate, request, response, refusal));
}

export function refuse(gate: Gatekeepers, request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
  const { reason, status, message, remedy } = refusal;
  gate.counts.refused(reason, 1, { ...originOf(request), message });
  sendRefusal(gate, request, response, { status, message, remedy, headers: refusalHeaders(refusal) });
}

/** Refuses a request for an unknown path or method. Does not log reads, such as those of browsers for icons. */
export function refuseUnserved(
  gate: Gatekeepers,
  request: IncomingMessage,
  response: ServerResponse,
  unserved: Unserved,
): void {
  const { reason, message } = unserved;
  const isLogged = !isRead(request) || reason === 'log_record_in_get';
  gate.counts.refused(reason, 1, isLogged ? { ...originOf(request), message } : undefined);
  sendRefusal(gate, request, response, unserved);
}

/** A refusal as a client gets it. */
interface SentRefusal extends Pick<Unserved, 'message' | 'headers'> {
  readonly status: number;
  readonly remedy?: string | undefined;
}

/** Sends a refusal: as an OTLP message to OTLP senders, as JSON to clients that ask questions, as text to others. */
function sendRefusal(
  { otlp }: Gatekeepers,
  request: IncomingMessage,
  response: ServerResponse,
  { status, message, remedy, headers = {} }: SentRefusal,
): void {
  const path = requestPath(request.url ?? '/');
  if (isOtlpPath(path)) otlp.refuse(request, response, { status, message }, headers);
  else if (isQueryPath(path)) {
    const text = remedy === undefined ? message : `${message}\n${remedy}`;
    sendError(response, status, REFUSAL_KIND[status] ?? 'usage', text, headers);
  } else sendText(response, status, `${message}\n`, headers);
}

export function onlyServed(method: string, allow = method): Unserved {
  return { reason: 'wrong_method', status: 405, message: `only ${method} is served here`, headers: { allow } };
}

export function isRead(request: IncomingMessage): boolean {
  return request.method === 'GET' || request.method === 'HEAD';
}
