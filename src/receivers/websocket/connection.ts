import type { IncomingMessage } from 'node:http';
import type { RawData, WebSocket } from 'ws';
import { codeOf } from '../../core/errors.js';
import type { EventSink } from '../../core/event.js';
import { decodeMessage } from '../../formats/media/message.js';
import type { StreamOpening } from '../../store/journal/batch.js';
import type { StreamProgress, StreamWriter } from '../../store/journal/stream-writer.js';
import type { Sender } from '../auth/access.js';
import { asFailure } from '../http/reply.js';
import { originOf, progressCounter, type Intake, type RequestOrigin, type TurnedAway } from '../intake.js';
import { RateLimitedMessages } from './rate-limited-messages.js';

/** Maximum time between acks while a client keeps sending, in milliseconds. */
const MAX_ACK_INTERVAL_MS = 1000;

/** Unsent bytes above which acks are skipped. Acks are cumulative, so that a slow reader loses nothing. */
const MAX_UNREAD_ACK_BYTES = 64 * 1024;

/** Ping interval of a silent peer, in milliseconds. Without a pong by the next ping, the connection is terminated. */
const PING_INTERVAL_MS = 30_000;

/** Close codes of RFC 6455, section 7.4.1. */
export const CLOSE = { normal: 1000, goingAway: 1001, policy: 1008, tooLarge: 1009, failure: 1011 } as const;

/** The code and reason of a close frame. */
interface Closing {
  readonly code: number;
  readonly reason: string;
}

export interface ConnectionParts {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  readonly sender: Sender;
  readonly opening: Omit<StreamOpening, 'id' | 'startedAt'>;
  /** Called once, when all events of the connection are on disk or have failed. */
  readonly onClosed: () => void;
}

/**
 * A WebSocket connection: one stream, each message an event. Acks are cumulative: a text frame with the decimal number of
 * the connection's events that are on disk.
 */
export class Connection {
  readonly #intake: Intake;
  readonly #socket: WebSocket;
  readonly #origin: RequestOrigin;
  readonly #stream: StreamWriter;
  readonly #sink: EventSink;
  readonly #count: (progress: StreamProgress) => void;
  readonly #onClosed: () => void;
  readonly #pings: NodeJS.Timeout;
  readonly #forgetToken: () => void;
  #acked = -1;
  #ackedAt = 0;
  /** True after an ack was skipped. */
  #isBehind = false;
  #isAlive = true;
  #closing: Closing | undefined;

  constructor(intake: Intake, { socket, request, sender, opening, onClosed }: ConnectionParts) {
    this.#intake = intake;
    this.#socket = socket;
    this.#origin = originOf(request);
    this.#onClosed = onClosed;
    this.#count = progressCounter(intake.counts, 'websocket');
    this.#stream = intake.writer.openStream(opening, (progress, closed) => this.#onProgress(progress, closed));
    this.#sink = intake.process(this.#stream.append, sender);
    this.#pings = setInterval(() => this.#ping(), PING_INTERVAL_MS);
    this.#listen(sender);
    this.#forgetToken = sender.onRevoked(() => {
      this.#refuse('unauthorized', 'the token was revoked');
      this.hangUp(CLOSE.policy, 'the token was revoked');
    });
  }

  /** Stops receiving. Commits and acknowledges the earlier events before closing. */
  hangUp(code: number, reason: string): void {
    if (this.#closing) return;
    this.#closing = { code, reason };
    clearInterval(this.#pings);
    this.#stream.close();
  }

  #listen({ allowance }: Sender): void {
    const socket = this.#socket;
    const messages = new RateLimitedMessages(allowance, socket, (data, isBinary) => this.#take(data, isBinary));
    socket.on('pong', () => (this.#isAlive = true));
    socket.on('message', (data, isBinary) => {
      this.#isAlive = true;
      messages.receive(data, isBinary);
    });
    socket.on('error', error => {
      if (codeOf(error) !== 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') this.#intake.counts.refused('client_gone');
      else this.#refuse('event_too_large', this.#tooLarge());
    });
    socket.on('close', () => {
      messages.takeRest();
      this.hangUp(CLOSE.normal, '');
    });
  }

  #take(data: RawData, isBinary: boolean): void {
    if (this.#closing) return;
    const { counts, maxEventBytes } = this.#intake;
    const message = data as Buffer;
    counts.bytes(message.length);
    if (message.length === 0) {
      if (isBinary) this.hangUp(CLOSE.normal, '');
    } else if (message.length > maxEventBytes) {
      this.#refuse('event_too_large', this.#tooLarge());
      this.hangUp(CLOSE.tooLarge, this.#tooLarge());
    } else this.#store(message);
  }

  #store(message: Buffer): void {
    const { writer, maxEventBytes, knownObjects } = this.#intake;
    try {
      decodeMessage(message, this.#sink, { maxEventBytes, knownObjects });
    } catch (error) {
      // An internal error ends this connection, not the server.
      const { reason, message } = asFailure(error);
      this.#refuse(reason, message);
      this.hangUp(reason === 'defect' ? CLOSE.failure : CLOSE.policy, message);
      return;
    }
    if (writer.isFull && !this.#socket.isPaused) {
      this.#socket.pause();
      writer.onRoom(() => this.#socket.resume());
    }
  }

  #onProgress(progress: StreamWriter, closed: boolean): void {
    this.#count(progress);
    if (closed) this.#close(progress);
    else if (progress.error) {
      this.#refuse('journal_failure', progress.error.message);
      this.hangUp(CLOSE.failure, progress.error.message);
    } else if (this.#isDue(progress)) this.#ack(progress);
  }

  #close(progress: StreamWriter): void {
    this.#onClosed();
    this.#forgetToken();
    // Acks also after a failure of the journal, or the client would send stored events again.
    if (!progress.error || this.#hasNews(progress)) this.#ack(progress, true);
    const { code, reason } = progress.error
      ? { code: CLOSE.failure, reason: progress.error.message }
      : (this.#closing ?? { code: CLOSE.normal, reason: '' });
    this.#socket.close(code, closeReason(reason));
  }

  #ack(progress: StreamWriter, isLast = false): void {
    const socket = this.#socket;
    if (socket.readyState !== socket.OPEN) return;
    this.#isBehind = !isLast && socket.bufferedAmount > MAX_UNREAD_ACK_BYTES;
    if (this.#isBehind) return;
    this.#acked = settled(progress);
    this.#ackedAt = Date.now();
    // Sends the skipped ack once the client reads again, even without a further event.
    socket.send(String(this.#acked), () => {
      if (this.#isBehind && this.#isDue(this.#stream)) this.#ack(this.#stream);
    });
  }

  #isDue(progress: StreamWriter): boolean {
    if (this.#closing || !this.#hasNews(progress)) return false;
    return progress.pending === 0 || Date.now() - this.#ackedAt >= MAX_ACK_INTERVAL_MS;
  }

  #hasNews(progress: StreamWriter): boolean {
    return settled(progress) !== Math.max(this.#acked, 0);
  }

  #ping(): void {
    // A paused connection cannot read the pong.
    if (this.#socket.isPaused) return;
    if (this.#isAlive) this.#socket.ping();
    else this.#socket.terminate();
    this.#isAlive = false;
  }

  #refuse(reason: TurnedAway, message: string): void {
    const { address, userAgent } = this.#origin;
    this.#intake.counts.refused(reason, 1, { request: 'a WebSocket message', address, userAgent, message });
  }

  #tooLarge(): string {
    return `an event is larger than ${this.#intake.maxEventBytes} bytes`;
  }
}

/** The number of events that the client need not send again: on disk, or of a denied type. */
function settled({ stored, duplicates, denied }: StreamProgress): number {
  return stored + duplicates + denied;
}

/** Cuts a reason to the 123 bytes of a close frame (RFC 6455, section 5.5.1), at a character boundary. */
function closeReason(reason: string): string {
  return Buffer.from(reason)
    .subarray(0, 123)
    .toString()
    .replace(/\ufffd$/, '');
}
