import type { ServerResponse } from 'node:http';
import { durationText } from '../../core/duration.js';
import { TelemetryError } from '../../core/errors.js';
import { MAX_TIMER_MS } from '../../core/limits.js';

/** Watches a request for its end before the answer: the client disconnects, or the time for it is over. */
export class RequestWatch {
  readonly #controller = new AbortController();
  readonly #response: ServerResponse;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #gone = (): void => this.#controller.abort();
  #isRunning = false;

  /** @param timeoutMs the time for the request, waiting included; undefined for any time */
  constructor(response: ServerResponse, timeoutMs: number | undefined) {
    this.#response = response;
    if (timeoutMs !== undefined) {
      const abort = (): void => this.#controller.abort(overdue(timeoutMs, this.#isRunning));
      this.#timer = setTimeout(abort, Math.min(timeoutMs, MAX_TIMER_MS));
    }
    response.once('close', this.#gone);
    if (response.destroyed) this.#gone();
  }

  /** Aborts with a TelemetryError when the time is over. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Sets whether the question runs or waits, which the error of a timeout distinguishes. */
  set isRunning(isSo: boolean) {
    this.#isRunning = isSo;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#response.off('close', this.#gone);
  }
}

function overdue(ms: number, isRunning: boolean): TelemetryError {
  const time = durationText(ms);
  if (isRunning) {
    return new TelemetryError('failure', `the query ran longer than ${time}`, {
      remedy: 'Narrow it down, for example with "since", or give a longer "timeout", which includes waiting.',
    });
  }
  return new TelemetryError('failure', `the query waited longer than ${time} for a query process`, {
    remedy: 'Try again later, or give a longer "timeout".',
  });
}

/**
 * Destroys the response when the client is idle, or ends its side of the connection: one that has disconnected and one that only
 * sends no more look the same, and a query without a reader keeps a process busy. The server otherwise keeps connections
 * half-open, for senders of events.
 */
export function endWithClient(response: ServerResponse): void {
  const { req: request } = response;
  const { socket } = request;
  const gone = (): void => void response.destroy();
  socket.once('end', gone);
  response.once('close', () => socket.off('end', gone));
  if (socket.readableEnded) gone();
  // A client that waits for its answer is not idle: only one that neither sends nor reads is.
  response.on('timeout', () => {
    if (!request.complete || response.writableNeedDrain) gone();
  });
}
