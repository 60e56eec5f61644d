import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { createServer, TLSSocket } from 'node:tls';
import { detectProtocol } from './first-bytes.js';
import { contextOptions, type TlsMaterial } from './tls.js';

/** TLS on the port of an HTTP server. */
export interface TlsListener {
  /** Uses this certificate for new connections. */
  renew(material: TlsMaterial): void;
  /** Destroys connections that have not sent a request yet. */
  close(): void;
}

/** Callbacks for connections that do not become requests. */
export interface TlsEvents {
  /** Called for a connection whose client supports only HTTP/2. */
  readonly takeHttp2: (connection: TLSSocket, address: string | undefined) => void;
  /** Called for a connection whose handshake failed. */
  readonly onFailure: () => void;
}

/**
 * Adds TLS to the port of an HTTP server. The first byte of a connection tells TLS from plain HTTP.
 * Call it before the server listens.
 * @param helloMs time for the first bytes and for the handshake, in milliseconds.
 */
export function listenWithTls(
  listener: Server,
  material: TlsMaterial,
  helloMs: number,
  { takeHttp2, onFailure }: TlsEvents,
): TlsListener {
  const [serve] = listener.listeners('connection') as ((this: Server, socket: Socket) => void)[];
  const tls = createServer({
    ...contextOptions(material),
    handshakeTimeout: helloMs,
    // Negotiates HTTP/2 only with clients that support nothing else, to refuse them with a message.
    ALPNProtocols: ['http/1.1', 'h2'],
    requestCert: material.clientCa !== undefined,
    rejectUnauthorized: material.clientCa !== undefined,
    allowHalfOpen: true,
  });
  /** Keyed by {@link peerOf}, since TLS wraps a connection in a new socket with the same peer. */
  const beginning = new Map<string, Socket>();

  tls.on('secureConnection', socket => {
    beginning.delete(peerOf(socket));
    if (socket.alpnProtocol === 'h2') takeHttp2(socket, socket.remoteAddress);
    else serve!.call(listener, socket);
  });
  tls.on('tlsClientError', (_, socket) => {
    onFailure();
    socket.destroy();
  });

  function begin(socket: Socket): void {
    // Connections that serveWithoutUpgrade re-emits have been checked already.
    if (socket instanceof TLSSocket || socket.bytesRead > 0) {
      serve!.call(listener, socket);
      return;
    }
    const peer = peerOf(socket);
    beginning.set(peer, socket);
    socket.once('close', () => {
      if (beginning.get(peer) === socket) beginning.delete(peer);
    });
    detectProtocol(socket, helloMs, protocol => {
      if (protocol === 'tls') {
        socket.on('error', () => socket.destroy());
        tls.emit('connection', socket);
      } else {
        beginning.delete(peer);
        serve!.call(listener, socket);
      }
    });
  }

  listener.removeAllListeners('connection');
  listener.on('connection', begin);

  return {
    renew: renewed => tls.setSecureContext(contextOptions(renewed)),
    close() {
      for (const socket of beginning.values()) socket.destroy();
    },
  };
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress ?? ''} ${remotePort ?? ''}`;
}

/** True for a request over TLS. @param socket of the request */
export function isSecure(socket: Socket): boolean {
  return socket instanceof TLSSocket;
}
