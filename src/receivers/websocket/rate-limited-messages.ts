import type { RawData, WebSocket } from 'ws';
import type { Allowance } from '../auth/rate-limit.js';

/** Receives a message of a connection. */
type Take = (data: RawData, isBinary: boolean) => void;

/**
 * Delays messages while their sender is over its rate limit, and pauses the socket meanwhile. Messages that were already
 * read wait in memory.
 */
export class RateLimitedMessages {
  readonly #allowance: Allowance;
  readonly #socket: WebSocket;
  readonly #take: Take;
  readonly #waiting: Parameters<Take>[] = [];

  constructor(allowance: Allowance, socket: WebSocket, take: Take) {
    this.#allowance = allowance;
    this.#socket = socket;
    this.#take = take;
  }

  receive(...message: Parameters<Take>): void {
    if (this.#waiting.length === 0 && this.#allowance.waitMs() === 0) {
      this.#take(...message);
      return;
    }
    // Pauses for each message, since the journal resumes the socket once it has room.
    this.#socket.pause();
    if (this.#waiting.push(message) === 1) this.#takeWaiting();
  }

  /** Takes the messages that wait at once: the connection has ended. */
  takeRest(): void {
    for (const message of this.#waiting.splice(0)) this.#take(...message);
  }

  #takeWaiting(): void {
    for (let message = this.#waiting[0]; message; message = this.#waiting[0]) {
      const wait = this.#allowance.waitMs();
      if (wait > 0) {
        setTimeout(() => this.#takeWaiting(), wait).unref();
        return;
      }
      this.#waiting.shift();
      this.#take(...message);
    }
    this.#socket.resume();
  }
}
