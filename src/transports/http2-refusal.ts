import { createServer, type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import { isGrpc, sendFailure } from './grpc-reply.js';
import type { Failure } from './http-reply.js';
import type { IntakeCounts, RequestOrigin } from './intake.js';

/** Answers requests of HTTP/2 where it is not served, so that their senders learn where it is. */
export interface Http2Refusal {
  /** Takes a connection whose client speaks HTTP/2. */
  take(connection: Duplex): void;
  stop(): void;
}

/** Creates it. @param failure what each request is told */
export function http2Refusal(counts: IntakeCounts, failure: () => Failure): Http2Refusal {
  const sessions = new Set<ServerHttp2Session>();
  const server = createServer();
  server.on('session', session => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    session.on('error', () => undefined);
  });
  server.on('stream', (stream, headers) => refuseHttp2(stream, headers, counts, failure()));
  return {
    take: connection => void server.emit('connection', connection),
    stop() {
      for (const session of sessions) session.destroy();
    },
  };
}

/** Answers one request: a call of gRPC in its own terms, any other in plain text. */
export function refuseHttp2(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  counts: IntakeCounts,
  failure: Failure,
): void {
  stream.on('error', () => undefined);
  const { reason, message, status } = failure;
  counts.refused(reason, 1, { ...originOfStream(stream, headers), message });
  if (isGrpc(headers)) {
    sendFailure(stream, failure);
    return;
  }
  if (stream.destroyed) return;
  stream.respond({ ':status': status, 'content-type': 'text/plain; charset=utf-8' });
  stream.end(`${message}\n`);
}

/** The origin of a request over HTTP/2. */
export function originOfStream({ session }: ServerHttp2Stream, headers: IncomingHttpHeaders): RequestOrigin {
  const path = headers[':path']?.split('?', 1)[0] ?? '';
  const request = isGrpc(headers) ? `${path.split('.').at(-1)} over gRPC` : `${headers[':method'] ?? ''} ${path}`;
  return { request, address: session?.socket.remoteAddress, userAgent: headers['user-agent'] };
}
