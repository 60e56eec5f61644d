import { createServer, type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import { isGrpc, sendFailure } from './grpc-reply.js';
import type { Failure } from '../http/reply.js';
import type { IntakeCounts, RequestOrigin } from '../intake.js';

/** Refuses HTTP/2 requests on a port that does not serve them, with a hint on where to send them. */
export interface Http2Refusal {
  /** Serves a connection of an HTTP/2 client. @param address of the client */
  take(connection: Duplex, address: string | undefined): void;
  stop(): void;
}

/** Creates the refusal. @param failure the reply to each request */
export function http2Refusal(counts: IntakeCounts, failure: () => Failure): Http2Refusal {
  const sessions = new Set<ServerHttp2Session>();

  function take(connection: Duplex, address: string | undefined): void {
    // One server per connection: Node does not know the address of a connection that is not a socket.
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

/** Refuses one request: with a gRPC status for a gRPC call, as text for any other. */
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

/** The origin of an HTTP/2 request. `isGrpc` is true for a gRPC call. */
export interface StreamOrigin extends RequestOrigin {
  readonly isGrpc: boolean;
}

/** The origin of an HTTP/2 request. @param address of its connection */
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
