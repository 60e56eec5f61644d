import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { codeOf, messageOf } from '../../core/errors.js';
import type { ScrapeOutcome } from '../intake.js';

/** The Accept header of Prometheus 3: OpenMetrics first, with UTF-8 names. */
const ACCEPT = [
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6',
  'application/openmetrics-text;version=0.0.1;q=0.5',
  'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4',
  'text/plain;version=0.0.4;q=0.3',
  '*/*;q=0.2',
].join(',');

/** Maximum number of redirects, that of Prometheus. */
const MAX_REDIRECTS = 10;

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** The failure of a scrape. */
export class ScrapeError extends Error {
  constructor(
    readonly outcome: Exclude<ScrapeOutcome, 'ok'>,
    message: string,
  ) {
    super(message);
  }
}

/** A request for an exposition. */
export interface ExpositionRequest {
  /** http or https. A user and password are sent as Basic credentials. */
  readonly url: string;
  readonly token?: string | undefined;
  readonly timeoutMs: number;
  /** In bytes, after decompression. */
  readonly maxBytes: number;
  readonly userAgent: string;
  /** Aborts the request. */
  readonly signal: AbortSignal;
}

/** The format of an exposition and its bytes. */
export interface ExpositionReply {
  readonly format: 'openmetrics' | 'text';
  readonly chunks: AsyncIterable<Uint8Array>;
}

/**
 * Requests an exposition as Prometheus does, follows redirects and passes the reply to `take`.
 * Does not use `fetch`, which blocks ports that exporters may use.
 * @throws ScrapeError when the request fails, times out or exceeds the maximum size. Rethrows the errors of `take`.
 */
export async function requestExposition<T>(
  request: ExpositionRequest,
  take: (reply: ExpositionReply) => Promise<T>,
): Promise<T> {
  const { timeoutMs, maxBytes, signal } = request;
  const stop = new AbortController();
  const giveUp = (): void => stop.abort();
  const late = new ScrapeError('timeout', `it took longer than ${timeoutMs / 1000} s`);
  const timer = setTimeout(() => stop.abort(late), timeoutMs);
  signal.addEventListener('abort', giveUp);
  try {
    const reply = await getFollowing(new URL(request.url), headersOf(request), stop.signal);
    const { statusCode, statusMessage, headers } = reply;
    if (statusCode !== 200) throw new ScrapeError('status', `it answered ${statusCode} ${statusMessage}`.trim());
    return await take({ format: formatOf(headers['content-type']), chunks: bounded(inflated(reply), maxBytes) });
  } catch (error) {
    throw stop.signal.reason === late ? late : asScrapeError(error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
    // Closes the connection even when only part of the body was read.
    giveUp();
  }
}

function headersOf({ token, timeoutMs, userAgent, url }: ExpositionRequest): OutgoingHttpHeaders {
  const { username, password } = new URL(url);
  const basic = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  const authorization = token !== undefined ? `Bearer ${token}` : username || password ? `Basic ${basic}` : undefined;
  return {
    accept: ACCEPT,
    'accept-encoding': 'gzip',
    'user-agent': userAgent,
    'x-prometheus-scrape-timeout-seconds': timeoutMs / 1000,
    ...(authorization === undefined ? {} : { authorization }),
  };
}

/** Follows redirects. Sends credentials only to the original origin. */
async function getFollowing(from: URL, headers: OutgoingHttpHeaders, signal: AbortSignal): Promise<IncomingMessage> {
  let url = from;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const { authorization, ...others } = headers;
    const reply = await get(url, url.origin === from.origin && authorization ? headers : others, signal);
    const { location } = reply.headers;
    if (!REDIRECTS.has(reply.statusCode ?? 0) || location === undefined) return reply;
    reply.resume();
    if (!URL.canParse(location, url.href)) throw new ScrapeError('status', `it redirects to "${location}"`);
    url = new URL(location, url);
    if (!/^https?:$/.test(url.protocol)) throw new ScrapeError('status', `it redirects to "${location}"`);
    // Drops credentials from the redirect. Node throws if they are not percent-encoded UTF-8.
    url.username = url.password = '';
  }
  throw new ScrapeError('status', `it redirects more than ${MAX_REDIRECTS} times`);
}

async function get(url: URL, headers: OutgoingHttpHeaders, signal: AbortSignal): Promise<IncomingMessage> {
  const { request } = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  return new Promise((resolve, reject) => {
    request(url, { headers, signal, auth: '' }).on('response', resolve).on('error', reject).end();
  });
}

function inflated(reply: IncomingMessage): Readable {
  const encoding = reply.headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity') return reply;
  if (encoding !== 'gzip') throw new ScrapeError('malformed', `it sent ${encoding}, which was not asked for`);
  // The reader of the last stream receives the errors of both.
  return pipeline(reply, createGunzip(), () => undefined);
}

/** The format by Content-Type (OpenMetrics 1.0, "Protocol Negotiation"); text without one. */
function formatOf(contentType: string | undefined): ExpositionReply['format'] {
  const media = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (media === 'application/openmetrics-text') return 'openmetrics';
  if (media === 'text/plain' || media === '') return 'text';
  throw new ScrapeError('malformed', `it sent ${media}, not Prometheus' text or OpenMetrics`);
}

async function* bounded(body: Readable, maxBytes: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new ScrapeError('too_large', `it sent more than ${maxBytes} bytes`);
    yield chunk;
  }
}

/** Converts errors of the connection and of gzip, which have codes. Returns other errors unchanged. */
function asScrapeError(error: unknown): unknown {
  const code = codeOf(error);
  if (error instanceof ScrapeError || code === undefined || code === 'ABORT_ERR') return error;
  const message = messageOf(error) || code;
  return code.startsWith('Z_')
    ? new ScrapeError('malformed', `it sent invalid gzip: ${message}`)
    : new ScrapeError('unreachable', message);
}
