import { connect, type Socket } from 'node:net';
import { FRAME, frame, frameReader, type QueryRequest } from './query-frames.js';

/** The outcome of a question. */
export type QuestionOutcome =
  | { readonly kind: 'exit'; readonly code: number }
  /** Nothing was run or printed. */
  | { readonly kind: 'declined'; readonly reason: string }
  /** The process or the server ended first, or nothing listens. */
  | { readonly kind: 'lost' };

/** Receives the output of a question. */
export interface QuestionOutput {
  /** @param bytes valid during the call only. */
  out(bytes: Buffer): void;
  /** @param bytes valid during the call only. */
  err(bytes: Buffer): void;
  /** Called when a tail has printed what there is. */
  caughtUp?(): void;
}

/** One command line under way in a query process of a server. */
export class Question {
  readonly outcome: Promise<QuestionOutcome>;
  readonly #socket: Socket;

  /** @param path of the query socket. */
  constructor(path: string, request: QueryRequest, output: QuestionOutput) {
    this.#socket = connect(path);
    this.outcome = new Promise((resolve, reject) => {
      // The last frame resolves, rather than the close that follows it a few milliseconds later.
      const read = frameReader((kind, payload) => {
        const outcome = take(kind, payload, output);
        if (outcome) resolve(outcome);
      });
      // A socket that nothing listens on is left from a crash; its close tells.
      this.#socket.on('error', () => undefined);
      this.#socket.on('data', (chunk: Buffer) => {
        try {
          read(chunk);
        } catch (error) {
          this.#socket.destroy();
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
      this.#socket.once('close', () => resolve({ kind: 'lost' }));
    });
    this.#socket.write(frame(FRAME.request, JSON.stringify(request)));
  }

  /** Interrupts the command line as Ctrl-C does; its outcome follows. */
  interrupt(): void {
    this.#socket.write(frame(FRAME.interrupt));
  }

  /** Ends the question; the rest of its output is lost. */
  abandon(): void {
    this.#socket.destroy();
  }

  /** Stops the output until {@link resume}, which slows the query. */
  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }
}

/** Passes the output of a frame on. Returns the outcome of a last frame. */
function take(kind: number, payload: Buffer, output: QuestionOutput): QuestionOutcome | undefined {
  switch (kind) {
    case FRAME.out:
      output.out(payload);
      return undefined;
    case FRAME.err:
      output.err(payload);
      return undefined;
    case FRAME.caughtUp:
      output.caughtUp?.();
      return undefined;
    case FRAME.exit:
      return { kind: 'exit', code: payload[0]! };
    case FRAME.decline:
      return { kind: 'declined', reason: payload.toString() };
    default:
      return undefined;
  }
}
