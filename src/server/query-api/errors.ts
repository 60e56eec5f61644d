import type { ServerResponse } from 'node:http';
import { EXIT, messageOf, TelemetryError } from '../../core/errors.js';
import { CONTENT_ENCODINGS } from '../../formats/compression/inflate.js';
import { DecodeError } from '../../formats/decoder.js';
import { asFailure } from '../../receivers/http/reply.js';
import { sendResponse } from '../../receivers/http/send-response.js';
import { inRequestTerms } from './request-terms.js';

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

/** The names of refusals by status. */
export const REFUSAL_KIND: Readonly<Record<number, string>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  405: 'wrong_method',
  426: 'tls_required',
  429: 'busy',
  503: 'unavailable',
};

/** Retry-After of a reply that names no other time, in seconds. */
const RETRY_AFTER = '1';

/** Sends an error as JSON: its text, the remedy, and its kind. */
export function sendError(
  response: ServerResponse,
  status: number,
  kind: string,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  // The detail begins with its first line that is not empty: DuckDB leaves one before the place of an error.
  const [, error = '', detail = ''] = /^(.*)\n*([^]*)$/.exec(text.trimEnd()) ?? [];
  const body = { error, ...(detail !== '' && { detail }), kind };
  sendResponse(response, status, `${JSON.stringify(body)}\n`, {
    'content-type': 'application/json',
    ...((status === 503 || status === 429) && { 'retry-after': RETRY_AFTER }),
    ...headers,
  });
}

/** Sends what a command line printed on stderr before it exited with this code. */
export function sendCommandError(response: ServerResponse, code: number, printed: string): void {
  sendError(response, STATUS[code] ?? 500, KIND[code] ?? 'failure', inRequestTerms(printed));
}

/** Sends anything thrown as an error: anything but a TelemetryError is a failure. */
export function sendThrown(response: ServerResponse, error: unknown): void {
  if (error instanceof DecodeError) {
    const { status, message } = asFailure(error);
    const headers = status === 415 ? { 'accept-encoding': CONTENT_ENCODINGS.join(', ') } : {};
    sendError(response, status, 'usage', message, headers);
    return;
  }
  if (!(error instanceof TelemetryError)) {
    sendError(response, 500, 'failure', messageOf(error));
    return;
  }
  const { kind, message, remedy } = error;
  sendCommandError(response, EXIT[kind], remedy === undefined ? message : `${message}\n${remedy}`);
}
