import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RawData, WebSocket, WebSocketServer } from 'ws';
import { codeOf } from '../../core/errors.js';
import { decodeMessage } from '../../formats/media/message.js';
import type { StreamWriter } from '../../store/journal/writer.js';
import type { Sender } from '../auth/access.js';
import type { Allowance } from '../auth/rate-limit.js';
import { asFailure } from '../http/reply.js';
import { DURABILITY_HEADER, originOf, progressCounter, type Intake, type TurnedAway } from '../intake.js';
import { streamDescriber } from '../http/stream-opening.js';

/** Maximum time between acks while a client keeps sending, in milliseconds. */
const MAX_ACK_INTERVAL_MS = 1000;

/** Unsent bytes above which acks are skipped. Acks are cumulative, so that a slow reader loses nothing. */
const MAX_UNREAD_ACK_BYTES = 64 * 1024;

/** Ping interval of a silent peer, in milliseconds. Without a pong by the next ping, the connection is terminated. */
const PING_INTERVAL_MS = 30_000;

/** Close codes of RFC 6455, section 7.4.1. */
const CLOSE = { normal: 1000, goingAway: 1001, policy: 1008, tooLarge: 1009, failure: 1011 } as const;

/** The WebSocket transport: one connection is one stream, one message one event. */
export interface WebSocketTransport {
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, sender: Sender): void;
  /** Commits the received events, sends the last acks and closes the connections. */
  stop(): void;
  readonly active: number;
}

/** Creates the transport. An ack is a text frame with the decimal number of the connection's events that are on disk. */
export function webSocketTransport(intake: Intake): WebSocketTransport {
  const { writer, counts, maxEventBytes, durability } = intake;
  const openingOf = streamDescriber('websocket', intake.keepHeaders);
  const hangUps = new Set<(code: number, reason: string) => void>();
  let server: Promise<WebSocketServer> | undefined;
  let isStopping = false;

  /** Loads the library with the first connection, since many servers have none. */
  async function openServer(): Promise<WebSocketServer> {
    const { WebSocketServer } = await import('ws');
    const opened = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      // A slightly too large message is refused below, after an ack of the earlier ones; the library closes on larger ones.
      maxPayload: 2 * maxEventBytes,
    });
    opened.on('headers', headers => headers.push(`${DURABILITY_HEADER}: ${durability}`));
    return opened;
  }

  function serve(socket: WebSocket, request: IncomingMessage, sender: Sender): void {
    let acked = -1;
    let ackedAt = 0;
    /** True after an ack was skipped. */
    let isBehind = false;
    const count = progressCounter(counts, 'websocket');
    let closing: { code: number; reason: string } | undefined;
    const origin = originOf(request);

    const stream = writer.openStream(openingOf(request), (progress, closed) => {
      count(progress);
      if (closed) {
        hangUps.delete(hangUp);
        forgetToken();
        // Acks also after a failure of the journal, or the client would send stored events again.
        if (!progress.error || hasNews(progress)) ack(progress, true);
        const { code, reason } = progress.error
          ? { code: CLOSE.failure, reason: progress.error.message }
          : (closing ?? { code: CLOSE.normal, reason: '' });
        socket.close(code, closeReason(reason));
      } else if (progress.error) {
        refuse('journal_failure', progress.error.message);
        hangUp(CLOSE.failure, progress.error.message);
      } else if (isDue(progress)) ack(progress);
    });

    const sink = intake.process(stream.append, sender);

    function refuse(reason: TurnedAway, message: string): void {
      const { address, userAgent } = origin;
      counts.refused(reason, 1, { request: 'a WebSocket message', address, userAgent, message });
    }

    function hasNews(progress: StreamWriter): boolean {
      return settled(progress) !== Math.max(acked, 0);
    }

    function isDue(progress: StreamWriter): boolean {
      if (closing || !hasNews(progress)) return false;
      return progress.pending === 0 || Date.now() - ackedAt >= MAX_ACK_INTERVAL_MS;
    }

    function ack(progress: StreamWriter, isLast = false): void {
      if (socket.readyState !== socket.OPEN) return;
      isBehind = !isLast && socket.bufferedAmount > MAX_UNREAD_ACK_BYTES;
      if (isBehind) return;
      acked = settled(progress);
      ackedAt = Date.now();
      // Sends the skipped ack once the client reads again, even without a further event.
      socket.send(String(acked), () => {
        if (isBehind && isDue(stream)) ack(stream);
      });
    }

    /** Stops receiving. Commits and acknowledges the earlier events before closing. */
    function hangUp(code: number, reason: string): void {
      if (closing) return;
      closing = { code, reason };
      clearInterval(pings);
      stream.close();
    }

    function take(data: RawData, isBinary: boolean): void {
      if (closing) return;
      const message = data as Buffer;
      counts.bytes(message.length);
      if (message.length === 0) {
        if (isBinary) hangUp(CLOSE.normal, '');
        return;
      }
      if (message.length > maxEventBytes) {
        const message = `an event is larger than ${maxEventBytes} bytes`;
        refuse('event_too_large', message);
        hangUp(CLOSE.tooLarge, message);
        return;
      }
      try {
        decodeMessage(message, sink, { maxEventBytes });
      } catch (error) {
        // An internal error ends this connection, not the server.
        const { reason, message } = asFailure(error);
        refuse(reason, message);
        hangUp(reason === 'defect' ? CLOSE.failure : CLOSE.policy, message);
        return;
      }
      if (writer.isFull && !socket.isPaused) {
        socket.pause();
        writer.onRoom(() => socket.resume());
      }
    }

    let isAlive = true;
    const pings = setInterval(() => {
      // A paused connection cannot read the pong.
      if (socket.isPaused) return;
      if (isAlive) socket.ping();
      else socket.terminate();
      isAlive = false;
    }, PING_INTERVAL_MS);
    socket.on('pong', () => (isAlive = true));
    const receive = rateLimited(sender.allowance, socket, take);
    socket.on('message', (data, isBinary) => {
      isAlive = true;
      receive.message(data, isBinary);
    });
    socket.on('error', error => {
      if (codeOf(error) !== 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') counts.refused('client_gone');
      else refuse('event_too_large', `an event is larger than ${maxEventBytes} bytes`);
    });
    socket.on('close', () => {
      receive.rest();
      hangUp(CLOSE.normal, '');
    });
    hangUps.add(hangUp);
    const forgetToken = sender.onRevoked(() => {
      refuse('unauthorized', 'the token was revoked');
      hangUp(CLOSE.policy, 'the token was revoked');
    });
  }

  return {
    handleUpgrade(request, socket, head, sender) {
      const giveUp = (): void => void socket.destroy();
      socket.on('error', giveUp);
      server ??= openServer();
      server.then(opened => {
        socket.off('error', giveUp);
        if (isStopping || socket.destroyed) giveUp();
        else opened.handleUpgrade(request, socket, head, open => serve(open, request, sender));
      }, giveUp);
    },
    get active() {
      return hangUps.size;
    },
    stop() {
      isStopping = true;
      for (const hangUp of hangUps) hangUp(CLOSE.goingAway, 'the server is stopping');
    },
  };
}

/** The number of events that the client need not send again: on disk, or of a denied type. */
function settled({ stored, duplicates, denied }: StreamWriter): number {
  return stored + duplicates + denied;
}

/** Receives a message of a connection. */
type Take = (data: RawData, isBinary: boolean) => void;

/**
 * Delays messages while their sender is over its rate limit, and pauses the socket meanwhile. Messages that were already
 * read wait in memory; `rest` processes them at once when the connection ends.
 */
function rateLimited(allowance: Allowance, socket: WebSocket, take: Take): { message: Take; rest: () => void } {
  const waiting: Parameters<Take>[] = [];

  function next(): void {
    for (let message = waiting[0]; message; message = waiting[0]) {
      const wait = allowance.waitMs();
      if (wait > 0) {
        setTimeout(next, wait).unref();
        return;
      }
      waiting.shift();
      take(...message);
    }
    socket.resume();
  }

  return {
    message(...message) {
      if (waiting.length === 0 && allowance.waitMs() === 0) {
        take(...message);
        return;
      }
      // Pauses for each message, since the journal resumes the socket once it has room.
      socket.pause();
      if (waiting.push(message) === 1) next();
    },
    rest() {
      for (const message of waiting.splice(0)) take(...message);
    },
  };
}

/** Cuts a reason to the 123 bytes of a close frame (RFC 6455, section 5.5.1), at a character boundary. */
function closeReason(reason: string): string {
  return Buffer.from(reason)
    .subarray(0, 123)
    .toString()
    .replace(/\ufffd$/, '');
}
