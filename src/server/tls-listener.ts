import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { createServer, TLSSocket } from 'node:tls';
import { contextOptions, type TlsMaterial } from './tls.js';

/** The first byte of a TLS connection: the content type "handshake" (RFC 8446, section 5.1). No HTTP request begins so. */
const TLS_HANDSHAKE = 0x16;

/** TLS on the port of an HTTP server. */
export interface TlsListener {
  /** New connections get this certificate; those that are open keep theirs. */
  renew(material: TlsMaterial): void;
  /** Cuts off those that have not got as far as a request. */
  close(): void;
}

/**
 * Lets an HTTP server speak TLS on its own port, beside plain HTTP: the first byte of a connection tells which it is.
 * Call it before the server listens.
 * @param helloMs how long a client may take to say its first byte and to shake hands, in milliseconds.
 * @param onFailure told of each connection that did not get through the handshake.
 */
export function listenWithTls(
  listener: Server,
  material: TlsMaterial,
  helloMs: number,
  onFailure: () => void,
): TlsListener {
  const [serve] = listener.listeners('connection') as ((this: Server, socket: Socket) => void)[];
  const tls = createServer({
    ...contextOptions(material),
    handshakeTimeout: helloMs,
    ALPNProtocols: ['http/1.1'],
    requestCert: material.clientCa !== undefined,
    rejectUnauthorized: material.clientCa !== undefined,
    allowHalfOpen: true,
  });
  /** By {@link peerOf}: what TLS makes of a connection is a socket of its own, with the same peer. */
  const beginning = new Map<string, Socket>();

  tls.on('secureConnection', socket => {
    beginning.delete(peerOf(socket));
    serve!.call(listener, socket);
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
    const cut = (): void => void socket.destroy();
    const timer = setTimeout(cut, helloMs);
    beginning.set(peer, socket);
    socket.once('close', () => {
      clearTimeout(timer);
      if (beginning.get(peer) === socket) beginning.delete(peer);
    });
    socket.on('error', cut);
    socket.once('readable', () => {
      clearTimeout(timer);
      const first = socket.read(1) as Buffer | null;
      // It ended before it began.
      if (!first) {
        cut();
        return;
      }
      socket.unshift(first);
      if (first[0] === TLS_HANDSHAKE) tls.emit('connection', socket);
      else {
        socket.off('error', cut);
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
