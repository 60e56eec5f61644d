import type { Server } from 'node:http';
import { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import { codeOf } from '../core/errors.js';
import type { Http2Refusal } from '../receivers/otlp/http2-refusal.js';
import type { Failure } from '../receivers/http/reply.js';
import type { IntakeCounts } from '../receivers/intake.js';

/** The error code of Node's HTTP/1.1 parser for the preface of HTTP/2. */
const IS_HTTP2 = 'HPE_PAUSED_H2_UPGRADE';

/** The statuses of malformed requests, the same as Node's default ones. */
const STATUS_LINES: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** Refuses HTTP/2 clients, such as those of gRPC, on an HTTP/1.1 port. */
export interface WrongProtocol {
  /** Serves a connection that negotiated HTTP/2 over TLS. */
  readonly takeHttp2: (connection: Duplex, address: string | undefined) => void;
  stop(): void;
}

/** Installs the refusal on a listener. @param failure the reply to each HTTP/2 request */
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

/** Restores a connection to its state before the HTTP/1.1 parser, which reads from the handle of the socket. */
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

/** Ends a connection with a malformed request. */
function endUnread(socket: Socket & { _httpMessage?: { headersSent: boolean } }, error: Error): void {
  if (socket.writable && socket._httpMessage?.headersSent !== true) {
    const status = STATUS_LINES[codeOf(error) ?? ''] ?? '400 Bad Request';
    socket.write(`HTTP/1.1 ${status}\r\nconnection: close\r\n\r\n`);
  }
  socket.destroy();
}
