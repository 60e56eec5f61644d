import { createServer, type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import { isGrpc, sendFailure } from './grpc-reply.js';
import type { Failure } from '../http/reply.js';
import type { IntakeCounts, RequestOrigin } from '../intake.js';

/** Answers requests of HTTP/2 where it is not served, so that their senders learn where it is. */
export interface Http2Refusal {
  /** Takes a connection whose client speaks HTTP/2. @param address where it comes from */
  take(connection: Duplex, address: string | undefined): void;
  stop(): void;
}

/** Creates it. @param failure what each request is told */
export function http2Refusal(counts: IntakeCounts, failure: () => Failure): Http2Refusal {
  const sessions = new Set<ServerHttp2Session>();

  function take(connection: Duplex, address: string | undefined): void {
    // A server for each: Node does not know the address of a connection that is not a socket.
    const server = createServer();
    server.on('session', session => {
      sessions.add(session);
      session.once('close', () => sessions.delete(session));
      session.on('error', () => undefined);
    });
    server.on('stream', (stream, headers) => {
      refuseHttp2(stream, originOfStream(stream, headers, address), counts, failure());
    });
    server.emit('connection', connection);
  }

  return {
    take,
    stop() {
      for (const session of sessions) session.destroy();
    },
  };
}

/** Answers one request: a call of gRPC in its own terms, any other in plain text. */
export function refuseHttp2(
  stream: ServerHttp2Stream,
  origin: StreamOrigin,
  counts: IntakeCounts,
  failure: Failure,
): void {
  stream.on('error', () => undefined);
  const { reason, message, status } = failure;
  counts.refused(reason, 1, { ...origin, message });
  if (origin.isGrpc) {
    sendFailure(stream, failure);
    return;
  }
  if (stream.destroyed) return;
  stream.respond({ ':status': status, 'content-type': 'text/plain; charset=utf-8' });
  stream.end(`${message}\n`);
  stream.resume();
}

/** The origin of a request over HTTP/2, and whether it is a call of gRPC. */
export interface StreamOrigin extends RequestOrigin {
  readonly isGrpc: boolean;
}

/** The origin of a request over HTTP/2. @param address of its connection */
export function originOfStream(
  { session }: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  address = session?.socket.remoteAddress,
): StreamOrigin {
  const path = headers[':path']?.split('?', 1)[0] ?? '';
  const isCall = isGrpc(headers);
  const request = isCall ? `${path.split('.').at(-1)} over gRPC` : `${headers[':method'] ?? ''} ${path}`;
  return { request, address, userAgent: headers['user-agent'], isGrpc: isCall };
}
