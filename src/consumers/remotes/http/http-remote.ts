import type { IncomingHttpHeaders } from 'node:http';
import { HttpConnection } from '../../../client/http-connection.js';
import { readServerFile } from '../../../client/server-file.js';
import { retryAfterMs } from '../../../client/retry.js';
import { readTrust, type Trust } from '../../../client/trust.js';
import { TelemetryError } from '../../../core/errors.js';
import { RemoteBusy } from '../kind.js';
import type { Remote } from '../remote.js';

/** The options of kinds that connect over TLS: the paths of PEM files. */
export const TLS_OPTIONS = ['ca-cert', 'client-cert', 'client-key'] as const;

/**
 * Reads the TLS files of a remote.
 * @throws TelemetryError `failure` for an unreadable file, `usage` for a certificate without its key.
 */
export function trustOf({ definition: { options } }: Pick<Remote, 'definition'>): Trust {
  return readTrust({
    caCert: options['ca-cert'],
    clientCert: options['client-cert'],
    clientKey: options['client-key'],
  });
}

/** The address of a remote's HTTP requests. */
export interface HttpEndpoint {
  /** `http://host:port` or `https://host:port`. */
  readonly origin: URL;
  /** The path of the URL, with a slash at its end. */
  readonly path: string;
}

/**
 * Parses the URL of a remote.
 * @param isSecure true for TLS.
 * @param defaultPort the port of a URL without one.
 * @throws TelemetryError `usage` for a URL without a host, or with a query or fragment.
 */
export function endpointOf(url: URL, isSecure: boolean, defaultPort: number): HttpEndpoint {
  if (url.hostname === '') throw wrongUrl(url, 'names no host');
  if (url.search !== '' || url.hash !== '') throw wrongUrl(url, 'has a query or fragment');
  const protocol = isSecure ? 'https' : 'http';
  return {
    origin: new URL(`${protocol}://${url.hostname}:${url.port === '' ? defaultPort : url.port}`),
    path: url.pathname.endsWith('/') ? url.pathname : `${url.pathname}/`,
  };
}

function wrongUrl({ protocol }: URL, problem: string): TelemetryError {
  return new TelemetryError('usage', `the URL of the remote ${problem}`, {
    remedy: `Write it like ${protocol}//host.`,
  });
}

/** The names of this machine in a URL. */
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/;

/** An address that means every interface of this machine. */
const EVERY_INTERFACE = /^(?:0\.0\.0\.0|\[?::\]?)$/;

/** True for a host name or address of this machine. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/**
 * Rejects an address at which the server of the same store listens: it would store its own events again, endlessly.
 * @param dir the store's directory.
 * @throws TelemetryError `failure`.
 */
export function refuseOwnServer(dir: string, { origin }: HttpEndpoint, remote: string): void {
  const { url, otlpGrpc } = readServerFile(dir) ?? {};
  const own = [url, otlpGrpc && `http://${otlpGrpc}`].filter(text => text !== undefined && text !== '');
  const isOwn = own.some(text => {
    const { port, hostname } = new URL(text!);
    if (port !== origin.port) return false;
    if (hostname === origin.hostname) return true;
    return isLoopback(origin.hostname) && (EVERY_INTERFACE.test(hostname) || hostname === 'localhost');
  });
  if (!isOwn) return;
  throw new TelemetryError('failure', `the remote ${remote} is the server of this store`, {
    remedy: 'Forward to another server.',
  });
}

/** Opens a connection to a remote. @throws TelemetryError as {@link trustOf}. */
export function connectTo(remote: Pick<Remote, 'definition'>, { origin }: HttpEndpoint): HttpConnection {
  return new HttpConnection(origin, trustOf(remote));
}

/** The request headers of a remote. The password of its URL is a bearer token (RFC 6750). */
export function tokenHeaders({ url, headers }: Pick<Remote, 'url' | 'headers'>): Record<string, string> {
  const token = decodeURIComponent(url.password);
  return { ...(token !== '' && { authorization: `Bearer ${token}` }), ...headers };
}

/** True when request bodies are compressed with gzip, the default. @throws TelemetryError `usage`. */
export function isCompressed({ definition: { options } }: Pick<Remote, 'definition'>): boolean {
  const { compression = 'gzip' } = options;
  if (compression === 'gzip' || compression === 'none') return compression === 'gzip';
  throw new TelemetryError('usage', `the compression of a remote cannot be "${compression}"`, {
    remedy: 'It is gzip or none.',
  });
}

/** Statuses of temporary refusals (RFC 9110, RFC 8470 and RFC 6585). */
const BUSY: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/** The error of a response that allows a retry; undefined for any other response. */
export function busyError(origin: URL, status: number, headers: IncomingHttpHeaders, text: string): Error | undefined {
  if (!BUSY.has(status)) return undefined;
  const message = `${origin.origin} is busy (${status})${text === '' ? '' : `: ${text}`}`;
  return new RemoteBusy(message, retryAfterMs(headers['retry-after'], Date.now()));
}
