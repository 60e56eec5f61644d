import { createServer, type Server } from 'node:http';
import type { ListenAddress } from '../receivers/datagram/datagrams.js';
import type { WebSocketTransport } from '../receivers/websocket/websocket.js';
import type { Failure } from '../receivers/http/reply.js';
import { listen, urlOf } from './listen.js';
import { requestHandler, type Routes } from './routes.js';
import { listenWithTls, type TlsListener } from './tls-listener.js';
import type { TlsMaterial } from './tls.js';
import { TAKES_WEBSOCKET, takeUpgrades } from './upgrades.js';
import { answerWrongProtocol, type WrongProtocol } from './wrong-protocol.js';

/** Time for a client to send the headers of a request, in milliseconds: bounds slow clients. */
const HEADERS_TIMEOUT_MS = 15_000;

/** Idle time between two requests of a connection, in milliseconds: longer than that of most load balancers. */
const KEEP_ALIVE_MS = 75_000;

/** More connections than the senders of a machine need. An idle one costs some 20 KiB. */
const MAX_CONNECTIONS = 10_000;

/** Options of a port. */
export interface HttpPortOptions {
  readonly routes: Routes;
  readonly webSocket: WebSocketTransport;
  /** Maximum silence of a connection, in milliseconds. */
  readonly idleTimeout: number;
  /** Undefined without TLS. */
  readonly material: TlsMaterial | undefined;
  /** The refusal of a request over HTTP/2. */
  readonly http2Failure: () => Failure;
}

/** The port of HTTP and WebSocket, with TLS on the same port. */
export class HttpPort {
  readonly #listener: Server;
  readonly #wrongProtocol: WrongProtocol;
  readonly #secure: TlsListener | undefined;

  constructor({ routes, webSocket, idleTimeout, material, http2Failure }: HttpPortOptions) {
    const { guard, counts, refusesPlain } = routes;
    this.#listener = createServer(
      // A POST may last for any time. `timeout` bounds only its silence.
      { headersTimeout: HEADERS_TIMEOUT_MS, requestTimeout: 0, keepAliveTimeout: KEEP_ALIVE_MS, ...TAKES_WEBSOCKET },
      requestHandler(routes),
    );
    this.#wrongProtocol = answerWrongProtocol(this.#listener, counts, http2Failure);
    this.#secure =
      material &&
      listenWithTls(this.#listener, material, HEADERS_TIMEOUT_MS, {
        takeHttp2: this.#wrongProtocol.takeHttp2,
        onFailure: () => counts.refused('tls_handshake'),
      });
    this.#listener.timeout = idleTimeout;
    this.#listener.maxConnections = MAX_CONNECTIONS;
    // A sender may half-close the connection and wait for the reply (`nc -N`). Node's types lack this option.
    Object.assign(this.#listener, { httpAllowHalfOpen: true });
    takeUpgrades(this.#listener, { guard, counts, webSocket, refusesPlain });
  }

  /** Starts listening. Returns the URL. @throws TelemetryError `failure` when the address is not available */
  async listen(address: ListenAddress): Promise<string> {
    await listen(this.#listener, address);
    return urlOf(this.#listener, address.host, this.#secure ? 'https' : 'http');
  }

  /** Uses this certificate for new connections. */
  renew(material: TlsMaterial): void {
    this.#secure?.renew(material);
  }

  /** Accepts no more connections. Resolves when the last one has ended. */
  close(): Promise<void> {
    const closed = new Promise<void>(resolve => this.#listener.close(() => resolve()));
    this.#secure?.close();
    this.#wrongProtocol.stop();
    return closed;
  }

  /** Closes the connections between two requests. */
  closeIdleConnections(): void {
    this.#listener.closeIdleConnections();
  }

  closeAllConnections(): void {
    this.#listener.closeAllConnections();
  }
}
