import type { Server } from 'node:http';
import { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import { codeOf } from '../core/errors.js';
import type { Http2Refusal } from '../receivers/otlp/http2-refusal.js';
import type { Failure } from '../receivers/http/reply.js';
import type { IntakeCounts } from '../receivers/intake.js';

/** What a parser of HTTP/1.1 says of a client that speaks HTTP/2 to it. */
const IS_HTTP2 = 'HPE_PAUSED_H2_UPGRADE';

/** The statuses of requests that cannot be read, as Node has them where it answers by itself. */
const STATUS_LINES: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** Answers clients that speak HTTP/2, as those of gRPC do, on a port of HTTP/1.1. */
export interface WrongProtocol {
  /** Takes a connection on which TLS has agreed on HTTP/2. */
  readonly takeHttp2: (connection: Duplex, address: string | undefined) => void;
  stop(): void;
}

/** Creates it. @param failure what each request of HTTP/2 is told */
export function answerWrongProtocol(listener: Server, counts: IntakeCounts, failure: () => Failure): WrongProtocol {
  let refusal: Promise<Http2Refusal> | undefined;

  function takeHttp2(connection: Duplex, address: string | undefined): void {
    refusal ??= import('../receivers/otlp/http2-refusal.js').then(({ http2Refusal }) => http2Refusal(counts, failure));
    refusal.then(
      loaded => loaded.take(connection, address),
      () => connection.destroy(),
    );
  }

  listener.on('clientError', (error: Error & { rawPacket?: Buffer }, socket: Socket) => {
    if (codeOf(error) === IS_HTTP2 && error.rawPacket)
      takeHttp2(unparsed(socket, error.rawPacket), socket.remoteAddress);
    else endUnread(socket, error);
  });
  return {
    takeHttp2,
    stop: () => void refusal?.then(loaded => loaded.stop()),
  };
}

/** The connection as it was before the parser of HTTP/1.1 saw it, which has taken over the socket's own reading. */
function unparsed(socket: Socket, begun: Buffer): Duplex {
  for (const event of ['data', 'end', 'drain', 'close', 'error', 'timeout']) socket.removeAllListeners(event);
  const connection = new Duplex({
    read: () => void socket.resume(),
    write: (chunk: Buffer, _, done) => void socket.write(chunk, done),
    final: done => void socket.end(done),
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  connection.push(begun);
  socket.on('data', chunk => {
    if (!connection.push(chunk)) socket.pause();
  });
  socket.on('end', () => connection.push(null));
  socket.on('error', error => connection.destroy(error));
  socket.on('close', () => connection.destroy());
  return connection;
}

/** Ends a connection whose request cannot be read. */
function endUnread(socket: Socket & { _httpMessage?: { headersSent: boolean } }, error: Error): void {
  if (socket.writable && socket._httpMessage?.headersSent !== true) {
    const status = STATUS_LINES[codeOf(error) ?? ''] ?? '400 Bad Request';
    socket.write(`HTTP/1.1 ${status}\r\nconnection: close\r\n\r\n`);
  }
  socket.destroy();
}
