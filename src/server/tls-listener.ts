import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { createServer, TLSSocket } from 'node:tls';
import { detectProtocol } from './first-bytes.js';
import { contextOptions, type TlsMaterial } from './tls.js';

/** TLS on the port of an HTTP server. */
export interface TlsListener {
  /** New connections get this certificate; those that are open keep theirs. */
  renew(material: TlsMaterial): void;
  /** Cuts off those that have not got as far as a request. */
  close(): void;
}

/** What is told of connections that do not become requests. */
export interface TlsEvents {
  /** A connection whose client speaks HTTP/2 alone. */
  readonly takeHttp2: (connection: TLSSocket, address: string | undefined) => void;
  /** A connection that did not get through the handshake. */
  readonly onFailure: () => void;
}

/**
 * Lets an HTTP server speak TLS on its own port, beside plain HTTP: the first byte of a connection tells which it is.
 * Call it before the server listens.
 * @param helloMs how long a client may take to say its first bytes and to shake hands, in milliseconds.
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
    // HTTP/2 is agreed on with those alone that speak nothing else, and only to tell them so.
    ALPNProtocols: ['http/1.1', 'h2'],
    requestCert: material.clientCa !== undefined,
    rejectUnauthorized: material.clientCa !== undefined,
    allowHalfOpen: true,
  });
  /** By {@link peerOf}: what TLS makes of a connection is a socket of its own, with the same peer. */
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
    // What a request without an upgrade is given back on has been through this.
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

/** Whether what a request came on is TLS. */
export function isSecure(socket: Socket): boolean {
  return socket instanceof TLSSocket;
}
