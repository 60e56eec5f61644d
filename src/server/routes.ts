import type { IncomingMessage, ServerResponse } from 'node:http';
import { messageOf } from '../core/errors.js';
import { SOURCES_PATH, type SourceState } from '../core/source.js';
import { afterDelay } from '../receivers/http/delay.js';
import { isLogRecord } from '../formats/text/log-record-form.js';
import type { JournalWriter } from '../store/journal/writer.js';
import { sendResponse } from '../receivers/http/send-response.js';
import type { Scope } from '../core/scope.js';
import type { Sender } from '../receivers/auth/access.js';
import { checkHosts, PLAIN_HTTP, refusalHeaders, type Guard } from '../receivers/auth/guard.js';
import { type Refusal } from '../receivers/auth/refusal.js';
import type { HttpTransport } from '../receivers/http/http.js';
import { DURABILITY_HEADER, originOf, type IntakeCounts } from '../receivers/intake.js';
import { activityFormat, sourceFormat, wideFormat, type PostFormat } from '../receivers/http/post-formats.js';
import { remoteWriteFormat } from '../receivers/http/remote-write-format.js';
import { requestPath } from '../receivers/request-path.js';
import { isOtlpPath } from './otlp-path.js';
import { isSecure } from './tls-listener.js';
import type { OtlpHttpTransport } from '../receivers/otlp/http.js';
import type { Signal } from '../formats/otlp/messages.js';
import type { ServerMetrics } from './metrics.js';

/** Maximum time for browsers to cache a preflight, in seconds. */
const CORS_MAX_AGE = 600;

/** Response headers that a page may read in addition to the safelisted ones. */
const EXPOSED_HEADERS = `retry-after, ${DURABILITY_HEADER}`;

/** The path of remote write in Prometheus itself. */
const REMOTE_WRITE_PATH = '/api/v1/write';

/** The targets of the routes. */
export interface Routes {
  readonly guard: Guard;
  readonly counts: IntakeCounts;
  readonly http: HttpTransport;
  readonly otlp: OtlpHttpTransport;
  readonly metrics: ServerMetrics;
  readonly writer: JournalWriter;
  readonly version: string;
  /** The states of the sources whose name begins with the prefix. */
  feeds(prefix: string): readonly SourceState[];
  /** True to truncate oversized activity events; otherwise they are refused. */
  readonly truncateOversize: boolean;
  openStreams(): number;
  isStopping(): boolean;
  /** True to refuse plain HTTP. */
  readonly refusesPlain: boolean;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Creates the request handler of the server, with all paths that it serves. */
export function requestHandler(routes: Routes): Handler {
  const { guard, counts, http, otlp } = routes;

  const handlers: Readonly<Record<string, Handler>> = {
    '/': (request, response) => {
      if (request.method === 'POST')
        protect('ingest', request, response, sender => http.handle(request, response, sender));
      else if (isLogRecordInQuery(request)) refuseUnserved(request, response, NEEDS_POST);
      else if (isRead(request)) text(response, 200, 'telemetry: POST events here, or open a WebSocket\n');
      else refuseUnserved(request, response, onlyServed('POST', 'POST, GET, HEAD'));
    },
    '/v1/telemetry/events': posted(activityFormat(routes.truncateOversize)),
    '/api/collect': posted(sourceFormat),
    '/api/collect/*': posted(sourceFormat),
    '/api/ping': readOnly((_, response) => text(response, 200, 'pong')),
    '/metrics/v1/save': posted(wideFormat(counts)),
    [REMOTE_WRITE_PATH]: posted(remoteWriteFormat(counts)),
    '/v1/traces': otlpRoute('traces'),
    '/v1/logs': otlpRoute('logs'),
    '/v1/metrics': otlpRoute('metrics'),
    '/healthz': readOnly((_, response) => text(response, 200, 'ok\n')),
    '/readyz': readOnly((_, response) => {
      const why = routes.isStopping() ? 'stopping' : routes.writer.isFull ? 'the journal is behind' : undefined;
      text(response, why === undefined ? 200 : 503, `${why ?? 'ready'}\n`);
    }),
    '/version': readOnly((_, response) => {
      text(response, 200, JSON.stringify({ name: 'telemetry', version: routes.version }), {
        'content-type': 'application/json',
      });
    }),
    [SOURCES_PATH]: readOnly((request, response) => {
      protect('ingest', request, response, () => {
        const [, query] = (request.url ?? '').split('?', 2);
        const prefix = new URLSearchParams(query).get('prefix') ?? '';
        try {
          text(response, 200, JSON.stringify(routes.feeds(prefix)), { 'content-type': 'application/json' });
        } catch (error) {
          text(response, 503, `${messageOf(error)}\n`);
        }
      });
    }),
    '/metrics': readOnly((request, response) => {
      protect('query', request, response, () => {
        const { metrics, writer } = routes;
        metrics
          .text(writer, () => routes.openStreams())
          .then(
            ({ body, contentType }) => text(response, 200, body, { 'content-type': contentType }),
            (error: unknown) => text(response, 500, `${String(error)}\n`),
          );
      });
    }),
  };

  function posted(format: PostFormat): Handler {
    return onlyPosts((request, response, sender) => http.handle(request, response, sender, format));
  }

  function otlpRoute(signal: Signal): Handler {
    return onlyPosts((request, response, sender) => otlp.handle(signal, request, response, sender));
  }

  function readOnly(serve: Handler): Handler {
    return (request, response) => {
      if (isRead(request)) serve(request, response);
      else refuseUnserved(request, response, onlyServed('GET', 'GET, HEAD'));
    };
  }

  function onlyPosts(serve: (request: IncomingMessage, response: ServerResponse, sender: Sender) => void): Handler {
    return (request, response) => {
      if (request.method === 'POST') protect('ingest', request, response, sender => serve(request, response, sender));
      else refuseUnserved(request, response, onlyServed('POST'));
    };
  }

  function protect(
    scope: Scope,
    request: IncomingMessage,
    response: ServerResponse,
    serve: (sender: Sender) => void,
  ): void {
    const { sender, refusal } = guard.authorize(request.headers, scope, request.socket.remoteAddress);
    if (sender) serve(sender);
    else afterDelay(refusal.delayMs, () => refuse(request, response, refusal));
  }

  function refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
    counts.refused(refusal.reason, 1, { ...originOf(request), message: refusal.message });
    sendRefusal(request, response, refusal.status, refusal.message, refusalHeaders(refusal));
  }

  /** Refuses a request for an unknown path or method. Does not log reads, such as those of browsers for icons. */
  function refuseUnserved(
    request: IncomingMessage,
    response: ServerResponse,
    { reason, status, message, headers = {} }: Unserved,
  ): void {
    const isLogged = !isRead(request) || reason === 'log_record_in_get';
    counts.refused(reason, 1, isLogged ? { ...originOf(request), message } : undefined);
    sendRefusal(request, response, status, message, headers);
  }

  /** Sends a refusal: as an OTLP message to OTLP senders, which read nothing else, and as text to others. */
  function sendRefusal(
    request: IncomingMessage,
    response: ServerResponse,
    status: number,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ): void {
    if (isOtlpPath(requestPath(request.url ?? '/'))) otlp.refuse(request, response, { status, message }, headers);
    else text(response, status, `${message}\n`, headers);
  }

  return (request, response) => {
    const isPlain = routes.refusesPlain && !isSecure(request.socket);
    const refusal = isPlain ? PLAIN_HTTP : (checkHosts(request) ?? guard.checkOrigin(request.headers));
    if (refusal) {
      refuse(request, response, refusal);
      return;
    }
    const page = guard.allowedOrigin(request.headers);
    if (page) {
      response.setHeader('access-control-allow-origin', page.origin);
      if (page.mayCarryCredentials) response.setHeader('access-control-allow-credentials', 'true');
      response.setHeader('access-control-expose-headers', EXPOSED_HEADERS);
      response.setHeader('vary', 'origin');
      if (request.method === 'OPTIONS') {
        preflight(request, response);
        return;
      }
    }
    const path = requestPath(request.url ?? '/');
    const served = Object.hasOwn(handlers, path) ? path : path.replace(/[^/]*$/, '*');
    const handler = Object.hasOwn(handlers, served) ? handlers[served] : undefined;
    if (handler) handler(request, response);
    else {
      const message = `nothing is served at ${path}; ${placeFor(path)}`;
      refuseUnserved(request, response, { reason: 'not_found', status: 404, message });
    }
  };
}

/** The refusal of a request for an unknown path or method. */
interface Unserved {
  readonly reason: 'not_found' | 'wrong_method' | 'log_record_in_get';
  readonly status: 404 | 405;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
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

function onlyServed(method: string, allow = method): Unserved {
  return { reason: 'wrong_method', status: 405, message: `only ${method} is served here`, headers: { allow } };
}

function placeFor(path: string): string {
  if (isOtlpPath(path)) return `OTLP is served at ${path.split('/', 3).join('/')}`;
  // The paths of remote write in other servers.
  if (/\/(?:write|push|receive)$/.test(path)) return `Prometheus remote write is served at ${REMOTE_WRITE_PATH}`;
  return 'POST events to /';
}

function isRead(request: IncomingMessage): boolean {
  return request.method === 'GET' || request.method === 'HEAD';
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

function text(response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void {
  sendResponse(response, status, body, { 'content-type': 'text/plain; charset=utf-8', ...headers });
}
