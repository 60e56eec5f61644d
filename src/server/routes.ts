import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf } from '../core/errors.js';
import { FORWARD_HEADERS, SOURCES_PATH, type SourceState } from '../core/source.js';
import { isLogRecord } from '../formats/text/log-record-form.js';
import type { StoreIdentity } from '../store/database/store-identity.js';
import type { JournalWriter } from '../store/journal/writer.js';
import { checkHosts, PLAIN_HTTP } from '../receivers/auth/guard.js';
import type { Refusal } from '../receivers/auth/refusal.js';
import type { HttpTransport } from '../receivers/http/http.js';
import { DURABILITY_HEADER, RETRY_AFTER_SECONDS } from '../receivers/intake.js';
import { activityFormat, sourceFormat, wideFormat, type PostFormat } from '../receivers/http/post-formats.js';
import { remoteWriteFormat } from '../receivers/http/remote-write-format.js';
import type { QueryApi } from './query-api/api.js';
import { requestPath } from '../receivers/request-path.js';
import { isOtlpPath } from './otlp-path.js';
import { sendError } from './query-api/errors.js';
import { isQueryPath } from './query-path.js';
import { isSecure } from './tls-listener.js';
import type { Signal } from '../formats/otlp/messages.js';
import {
  isRead,
  onlyPosts,
  onlyServed,
  protect,
  readOnly,
  refuse,
  refuseUnserved,
  type Gatekeepers,
  type Handler,
  type Unserved,
} from './handlers.js';
import type { ServerMetrics } from './metrics.js';
import { sendJson, sendText } from './send-text.js';

/** Maximum time for browsers to cache a preflight, in seconds. */
const CORS_MAX_AGE = 600;

/** Response headers that a page may read in addition to the safelisted ones. */
const EXPOSED_HEADERS = `retry-after, ${DURABILITY_HEADER}`;

/** The header of a reply that the server cannot serve now. */
const RETRY_LATER = { 'retry-after': String(RETRY_AFTER_SECONDS) };

/** The path of remote write in Prometheus itself. */
const REMOTE_WRITE_PATH = '/api/v1/write';

/** The targets of the routes. */
export interface Routes extends Gatekeepers {
  readonly http: HttpTransport;
  readonly metrics: ServerMetrics;
  readonly writer: JournalWriter;
  readonly version: string;
  readonly identity: StoreIdentity;
  /** The states of the sources whose name begins with the prefix. */
  sources(prefix: string): readonly SourceState[];
  /** The answers to questions over HTTP; undefined where the server takes none. */
  queryApi(): QueryApi | undefined;
  /** True to truncate oversized activity events; otherwise they are refused. */
  readonly truncateOversize: boolean;
  openStreams(): number;
  isStopping(): boolean;
  /** True to refuse plain HTTP. */
  readonly refusesPlain: boolean;
}

/** Creates the request handler of the server, with all paths that it serves. */
export function requestHandler(routes: Routes): Handler {
  const handlers = handlersOf(routes);
  return (request, response) => {
    const path = requestPath(request.url ?? '/');
    const isQuery = isQueryPath(path);
    const refusal = refusalOf(routes, request, isQuery);
    if (refusal) {
      refuse(routes, request, response, refusal);
      return;
    }
    if (!isQuery && allowPage(routes, request, response) && request.method === 'OPTIONS') {
      preflight(request, response);
      return;
    }
    const served = Object.hasOwn(handlers, path) ? path : path.replace(/[^/]*$/, '*');
    const handler = Object.hasOwn(handlers, served) ? handlers[served] : undefined;
    if (handler) handler(request, response);
    else {
      const message = `nothing is served at ${path}; ${placeFor(path)}`;
      refuseUnserved(routes, request, response, { reason: 'not_found', status: 404, message });
    }
  };
}

/** The refusal of a request whatever its path and token: by TLS, Host and Origin. */
function refusalOf({ guard, refusesPlain }: Routes, request: IncomingMessage, isQuery: boolean): Refusal | undefined {
  if (refusesPlain && !isSecure(request.socket)) return PLAIN_HTTP;
  const { headers } = request;
  return checkHosts(request) ?? (isQuery ? guard.checkReader(headers) : guard.checkOrigin(headers));
}

/** The handlers by path; `*` is the last part of a path. */
function handlersOf(routes: Routes): Readonly<Record<string, Handler>> {
  const posted = (format: PostFormat): Handler =>
    onlyPosts(routes, (request, response, sender) => routes.http.handle(request, response, sender, format));
  const otlp = (signal: Signal): Handler =>
    onlyPosts(routes, (request, response, sender) => routes.otlp.handle(signal, request, response, sender));
  const read = (serve: Handler): Handler => readOnly(routes, serve);
  return {
    '/': (request, response) => serveRoot(routes, request, response),
    '/v1/telemetry/events': posted(activityFormat(routes.truncateOversize)),
    '/api/collect': posted(sourceFormat),
    '/api/collect/*': posted(sourceFormat),
    '/api/ping': read((_, response) => sendText(response, 200, 'pong')),
    '/metrics/v1/save': posted(wideFormat(routes.counts)),
    [REMOTE_WRITE_PATH]: posted(remoteWriteFormat(routes.counts)),
    '/v1/traces': otlp('traces'),
    '/v1/logs': otlp('logs'),
    '/v1/metrics': otlp('metrics'),
    ...queryHandlers(routes),
    '/healthz': read((_, response) => sendText(response, 200, 'ok\n')),
    '/readyz': read((_, response) => serveReady(routes, response)),
    '/version': read((_, response) => sendJson(response, { name: 'telemetry', version: routes.version })),
    [SOURCES_PATH]: read((request, response) =>
      protect(routes, 'ingest', request, response, () => serveSources(routes, request, response)),
    ),
    '/metrics': read((request, response) =>
      protect(routes, 'query', request, response, () => void serveMetrics(routes, response)),
    ),
  };
}

/** The handlers of queries. Pages of other origins were refused before, even with --cors. */
function queryHandlers(routes: Routes): Readonly<Record<string, Handler>> {
  type Answer = 'query' | 'schema' | 'stats' | 'tail';
  const answered =
    (name: Answer): Handler =>
    (request, response) => {
      const api = routes.queryApi();
      if (!api) {
        const message = 'this server answers no queries: --query-processes is 0, or its log says why';
        sendError(response, 503, 'unavailable', message);
      } else protect(routes, 'read', request, response, () => void api[name](request, response));
    };
  const read = (name: Answer): Handler => readOnly(routes, answered(name));
  const query = answered('query');
  return {
    '/api/query': (request, response) =>
      request.method === 'POST'
        ? query(request, response)
        : refuseUnserved(routes, request, response, onlyServed('POST')),
    '/api/schema': read('schema'),
    '/api/stats': read('stats'),
    '/api/tail': read('tail'),
  };
}

function serveRoot(routes: Routes, request: IncomingMessage, response: ServerResponse): void {
  if (request.method === 'POST')
    protect(routes, 'ingest', request, response, sender => routes.http.handle(request, response, sender));
  else if (isLogRecordInQuery(request)) refuseUnserved(routes, request, response, NEEDS_POST);
  else if (isRead(request)) sendText(response, 200, 'telemetry: POST events here, or open a WebSocket\n');
  else refuseUnserved(routes, request, response, onlyServed('POST', 'POST, GET, HEAD'));
}

function serveReady(routes: Routes, response: ServerResponse): void {
  const why = routes.isStopping() ? 'stopping' : routes.writer.isFull ? 'the journal is behind' : undefined;
  if (why === undefined) sendText(response, 200, 'ready\n');
  else sendText(response, 503, `${why}\n`, RETRY_LATER);
}

function serveSources(routes: Routes, request: IncomingMessage, response: ServerResponse): void {
  const [, query] = (request.url ?? '').split('?', 2);
  const prefix = new URLSearchParams(query).get('prefix') ?? '';
  try {
    const { id, epoch } = routes.identity;
    sendJson(response, routes.sources(prefix), { [FORWARD_HEADERS.store]: `${id}:${epoch}` });
  } catch (error) {
    sendText(response, 503, `${messageOf(error)}\n`, RETRY_LATER);
  }
}

async function serveMetrics(routes: Routes, response: ServerResponse): Promise<void> {
  try {
    const { body, contentType } = await routes.metrics.text(routes.writer, () => routes.openStreams());
    sendText(response, 200, body, { 'content-type': contentType });
  } catch (error) {
    sendText(response, 500, `${String(error)}\n`);
  }
}

/** Allows a page of another origin to read the reply. Returns false for a request of no such page. */
function allowPage({ guard }: Routes, request: IncomingMessage, response: ServerResponse): boolean {
  const page = guard.allowedOrigin(request.headers);
  if (!page) return false;
  response.setHeader('access-control-allow-origin', page.origin);
  if (page.mayCarryCredentials) response.setHeader('access-control-allow-credentials', 'true');
  response.setHeader('access-control-expose-headers', EXPOSED_HEADERS);
  response.setHeader('vary', 'origin');
  return true;
}

function preflight(request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(204, {
    'access-control-allow-methods': 'POST, GET, HEAD',
    'access-control-allow-headers':
      request.headers['access-control-request-headers'] ?? 'authorization, content-type, content-encoding, x-api-key',
    'access-control-max-age': String(CORS_MAX_AGE),
  });
  response.end();
}

/** The refusal of Python's HTTPHandler without `method='POST'`: it sends GET, which any web page can trigger. */
const NEEDS_POST: Unserved = {
  reason: 'log_record_in_get',
  status: 405,
  message: "log records in the query of a GET are not accepted: give HTTPHandler method='POST'",
  headers: { allow: 'POST, GET, HEAD' },
};

function isLogRecordInQuery({ url = '' }: IncomingMessage): boolean {
  const at = url.indexOf('?');
  return at >= 0 && isLogRecord(new URLSearchParams(url.slice(at + 1)));
}

function placeFor(path: string): string {
  if (isOtlpPath(path)) return `OTLP is served at ${path.split('/', 3).join('/')}`;
  // The paths of remote write in other servers.
  if (/\/(?:write|push|receive)$/.test(path)) return `Prometheus remote write is served at ${REMOTE_WRITE_PATH}`;
  if (isQueryPath(path)) return 'the API has query, schema, stats and tail';
  return 'POST events to /';
}
