import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { createServer, TLSSocket, type Server as TlsServer } from 'node:tls';
import { detectProtocol } from './first-bytes.js';
import { contextOptions, type TlsMaterial } from './tls.js';

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
  events: TlsEvents,
): TlsListener {
  const [serve] = listener.listeners('connection') as ((this: Server, socket: Socket) => void)[];
  const tls = new TlsListener(material, helloMs, { ...events, serve: socket => serve!.call(listener, socket) });
  listener.removeAllListeners('connection');
  listener.on('connection', socket => tls.begin(socket));
  return tls;
}

interface ConnectionEvents extends TlsEvents {
  /** Serves a connection of HTTP/1.1, plain or over TLS. */
  readonly serve: (socket: Socket) => void;
}

/** TLS on the port of an HTTP server. */
export class TlsListener {
  readonly #helloMs: number;
  readonly #events: ConnectionEvents;
  readonly #tls: TlsServer;
  /** Keyed by {@link peerOf}, since TLS wraps a connection in a new socket with the same peer. */
  readonly #beginning = new Map<string, Socket>();

  constructor(material: TlsMaterial, helloMs: number, events: ConnectionEvents) {
    this.#helloMs = helloMs;
    this.#events = events;
    this.#tls = createServer({
      ...contextOptions(material),
      handshakeTimeout: helloMs,
      // Negotiates HTTP/2 only with clients that support nothing else, to refuse them with a message.
      ALPNProtocols: ['http/1.1', 'h2'],
      requestCert: material.clientCa !== undefined,
      rejectUnauthorized: material.clientCa !== undefined,
      allowHalfOpen: true,
    });
    this.#tls.on('secureConnection', socket => this.#serveSecure(socket));
    this.#tls.on('tlsClientError', (_, socket) => {
      events.onFailure();
      socket.destroy();
    });
  }

  /** Takes a new connection. */
  begin(socket: Socket): void {
    // Connections that serveWithoutUpgrade re-emits have been checked already.
    if (socket instanceof TLSSocket || socket.bytesRead > 0) {
      this.#events.serve(socket);
      return;
    }
    const peer = peerOf(socket);
    this.#beginning.set(peer, socket);
    socket.once('close', () => {
      if (this.#beginning.get(peer) === socket) this.#beginning.delete(peer);
    });
    detectProtocol(socket, this.#helloMs, protocol => {
      if (protocol === 'tls') {
        socket.on('error', () => socket.destroy());
        this.#tls.emit('connection', socket);
      } else {
        this.#beginning.delete(peer);
        this.#events.serve(socket);
      }
    });
  }

  /** Uses this certificate for new connections. */
  renew(material: TlsMaterial): void {
    this.#tls.setSecureContext(contextOptions(material));
  }

  /** Destroys connections that have not sent a request yet. */
  close(): void {
    for (const socket of this.#beginning.values()) socket.destroy();
  }

  #serveSecure(socket: TLSSocket): void {
    this.#beginning.delete(peerOf(socket));
    if (socket.alpnProtocol === 'h2') this.#events.takeHttp2(socket, socket.remoteAddress);
    else this.#events.serve(socket);
  }
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress ?? ''} ${remotePort ?? ''}`;
}

/** True for a request over TLS. @param socket of the request */
export function isSecure(socket: Socket): boolean {
  return socket instanceof TLSSocket;
}
