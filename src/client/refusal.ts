import { codeOf, TelemetryError } from '../core/errors.js';
import type { ErrorDetails } from '../core/errors.js';
import type { Reply } from './post.js';

/** The events that a server stored, as its reply reports them. */
export interface Receipt {
  /** Events stored. */
  readonly accepted: number;
  /** Events that were stored before and not again. */
  readonly duplicates: number;
  /** Of the duplicates, those of a source whose number was stored before. */
  readonly before?: number;
  /** The id of their stream. */
  readonly stream: number;
  /** For events of a source: the number of the last one taken. */
  readonly position?: number;
}

const REMEDIES: Readonly<Record<number, string>> = {
  401: 'Give the token of the server with --token or TELEMETRY_TOKEN.',
  403: 'Give the token of the server with --token or TELEMETRY_TOKEN, or see its --allow-host.',
  426: 'Send to it with https:// instead.',
  413: 'Start the server with a larger --max-event-size.',
};

/** Parses the receipt in a reply; undefined without one. */
export function receiptIn(reply: Reply): Receipt | undefined {
  const { accepted, duplicates, stored_before: before, stream, position } = jsonObject(reply.text);
  if (typeof accepted !== 'number') return undefined;
  return {
    accepted,
    duplicates: numberOr(duplicates, 0),
    ...(typeof before === 'number' && { before }),
    stream: numberOr(stream, 0),
    ...(typeof position === 'number' && { position }),
  };
}

/** The error for a reply that refuses: problem, location, and the events stored nevertheless. */
export function refusal(url: URL, reply: Reply): TelemetryError {
  const said = jsonObject(reply.text);
  const error = typeof said.error === 'object' && said.error !== null ? { ...said, ...said.error } : said;
  const reason = [error.message, said.error, said.reason].find(text => typeof text === 'string' && text !== '');
  const { line, offset } = error as { line?: unknown; offset?: unknown };
  const place = [
    typeof line === 'number' ? `line ${line}` : '',
    typeof offset === 'number' ? `byte ${offset}` : '',
  ].filter(part => part !== '');
  const stored = receiptIn(reply)?.accepted;
  const message =
    `${url.origin} refused the events (${reply.status})` +
    (place.length > 0 ? ` at ${place.join(', ')}` : '') +
    (typeof reason === 'string' ? `: ${reason}` : '') +
    (stored === undefined ? '' : `; ${stored} before that ${stored === 1 ? 'was' : 'were'} stored`);
  const remedy = REMEDIES[reply.status];
  const details: ErrorDetails = remedy === undefined ? {} : { remedy };
  return new TelemetryError('failure', message, details);
}

function jsonObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch (error) {
    // Another kind of server, or a proxy before it: its text is shown verbatim.
    return { message: error instanceof SyntaxError ? text.trim().slice(0, 200) : '' };
  }
}

function numberOr(value: unknown, other: number): number {
  return typeof value === 'number' ? value : other;
}

/** True when the server does not speak TLS: a retry does not help. */
export function isTlsRefusal(error: unknown): boolean {
  return codeOf(error)?.startsWith('ERR_SSL_') === true;
}

/** The error for it. Nothing was sent. */
export function tlsRefusal(url: URL, cause: unknown): TelemetryError {
  const code = codeOf(cause)!;
  if (/CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE/.test(code)) {
    return new TelemetryError('failure', `the server at ${url.origin} asks for a client certificate`, {
      remedy: 'Give one with --client-cert FILE and --client-key FILE.',
      cause,
    });
  }
  return new TelemetryError('failure', `the server at ${url.origin} and telemetry do not agree on TLS: ${code}`, {
    cause,
  });
}
