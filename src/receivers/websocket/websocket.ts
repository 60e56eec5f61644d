import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket, WebSocketServer } from 'ws';
import type { Sender } from '../auth/access.js';
import { streamDescriber } from '../http/stream-opening.js';
import { DURABILITY_HEADER, type Intake } from '../intake.js';
import { CLOSE, Connection } from './connection.js';

/** The WebSocket transport: one connection is one stream, one message one event. */
export class WebSocketTransport {
  readonly #intake: Intake;
  readonly #openingOf: ReturnType<typeof streamDescriber>;
  readonly #connections = new Set<Connection>();
  #server: Promise<WebSocketServer> | undefined;
  #isStopping = false;

  constructor(intake: Intake) {
    this.#intake = intake;
    this.#openingOf = streamDescriber('websocket', intake.keepHeaders);
  }

  /** The number of open connections. */
  get active(): number {
    return this.#connections.size;
  }

  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, sender: Sender): void {
    const giveUp = (): void => void socket.destroy();
    socket.on('error', giveUp);
    this.#server ??= openServer(this.#intake);
    this.#server.then(server => {
      socket.off('error', giveUp);
      if (this.#isStopping || socket.destroyed) giveUp();
      else server.handleUpgrade(request, socket, head, open => this.#serve(open, request, sender));
    }, giveUp);
  }

  /** Commits the received events, sends the last acks and closes the connections. */
  stop(): void {
    this.#isStopping = true;
    for (const connection of this.#connections) connection.hangUp(CLOSE.goingAway, 'the server is stopping');
  }

  #serve(socket: WebSocket, request: IncomingMessage, sender: Sender): void {
    const opening = this.#openingOf(request);
    const onClosed = (): void => void this.#connections.delete(connection);
    const connection = new Connection(this.#intake, { socket, request, sender, opening, onClosed });
    this.#connections.add(connection);
  }
}

/** Loads the library with the first connection, since many servers have none. */
async function openServer({ maxEventBytes, durability }: Intake): Promise<WebSocketServer> {
  const { WebSocketServer } = await import('ws');
  const opened = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // A connection refuses a slightly too large message after an ack of the earlier ones; the library closes on larger ones.
    maxPayload: 2 * maxEventBytes,
  });
  opened.on('headers', headers => headers.push(`${DURABILITY_HEADER}: ${durability}`));
  return opened;
}
