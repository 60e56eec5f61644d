import type { IncomingMessage } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import { messageOf } from '../../core/errors.js';
import { DecodeError, type Decoder } from '../../formats/decoder.js';
import { checkInflation, inflaters } from '../../formats/compression/inflate.js';
import type { Intake } from '../intake.js';
import type { Allowance } from '../auth/rate-limit.js';

/** The end of a body. `stopped` is an end by the caller. */
export type BodyEnd = 'complete' | 'stopped' | DecodeError | Error;

/**
 * Decompresses and decodes the body of a request while it arrives. Pauses the sender while the journal is behind or the
 * sender is over its rate limit. Calls `onEnd` once.
 * @param contentEncoding the encoding to undo; by default that of the header
 * @throws DecodeError `unsupported_media` for an unknown Content-Encoding.
 */
export function readBody(
  request: IncomingMessage,
  decoder: Decoder,
  intake: Intake,
  allowance: Allowance,
  onEnd: (end: BodyEnd) => void,
  contentEncoding = request.headers['content-encoding'],
): BodyReading {
  const stages = inflaters(contentEncoding);
  const reading = new BodyReading({ request, stages, decoder, intake, allowance, onEnd });
  reading.start();
  return reading;
}

interface BodyParts {
  readonly request: IncomingMessage;
  /** Undo the Content-Encoding, in order; none for a body that is not compressed. */
  readonly stages: readonly Duplex[];
  readonly decoder: Decoder;
  readonly intake: Intake;
  readonly allowance: Allowance;
  readonly onEnd: (end: BodyEnd) => void;
}

/** A body in progress. */
export class BodyReading {
  readonly #parts: BodyParts;
  /** The decompressed body. */
  readonly #source: Readable;
  #received = 0;
  #inflated = 0;
  #hasEnded = false;
  #isDelayed = false;

  constructor(parts: BodyParts) {
    this.#parts = parts;
    this.#source = parts.stages.at(-1) ?? parts.request;
  }

  /** True while back-pressure, not the client, pauses the body. */
  get isDelayed(): boolean {
    return this.#isDelayed;
  }

  start(): void {
    const { request, stages } = this.#parts;
    this.#source.on('end', () => this.#complete());
    if (this.#source === request) {
      request.on('data', (chunk: Buffer) => {
        this.#count(chunk);
        this.#take(chunk);
      });
      return;
    }
    this.#source.on('data', (chunk: Buffer) => this.#take(chunk));
    request.on('data', (chunk: Buffer) => this.#count(chunk));
    // stream.pipeline would destroy the request, and with it the reply, when a stage fails.
    let from: Readable = request;
    for (const stage of stages) {
      stage.on('error', error => {
        this.#fail(new DecodeError('cannot_decompress', `the body cannot be decompressed: ${error.message}`));
      });
      from = from.pipe(stage);
    }
  }

  /** Stops reading. Events decoded so far are kept. */
  stop(): void {
    this.#finish('stopped');
  }

  #count(received: Buffer): void {
    this.#received += received.length;
    this.#parts.intake.counts.bytes(received.length);
  }

  /** Decodes a chunk, after the delay of a sender over its rate limit. */
  #take(chunk: Buffer): void {
    if (this.#hasEnded) return;
    const { request, decoder, allowance } = this.#parts;
    const wait = allowance.waitMs();
    this.#isDelayed = wait > 0;
    if (this.#isDelayed) {
      this.#source.pause();
      setTimeout(() => this.#take(chunk), wait).unref();
      return;
    }
    try {
      if (this.#source !== request) checkInflation(this.#received, (this.#inflated += chunk.length));
      this.#source.resume();
      this.#delay(decoder.write(chunk));
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Pauses the source until the promise of the decoder resolves and the journal has room. */
  #delay(waiting: void | Promise<void>): void {
    const { writer } = this.#parts.intake;
    if (!waiting && !writer.isFull) return;
    const resume = (): void => {
      this.#isDelayed = false;
      if (!this.#hasEnded) this.#source.resume();
    };
    this.#source.pause();
    this.#isDelayed = true;
    if (!waiting) {
      writer.onRoom(resume);
      return;
    }
    waiting.then(
      // In the next turn: Node reads up to 2 MiB from a socket that resumes within the same turn, while others wait.
      () => void setImmediate(() => (writer.isFull ? writer.onRoom(resume) : resume())),
      (error: unknown) => this.#fail(error),
    );
  }

  #complete(): void {
    if (this.#hasEnded) return;
    try {
      const waiting = this.#parts.decoder.end();
      if (!waiting) this.#finish('complete');
      else {
        waiting.then(
          () => this.#finish('complete'),
          (error: unknown) => this.#fail(error),
        );
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#finish(error instanceof Error ? error : new Error(messageOf(error)));
  }

  #finish(end: BodyEnd): void {
    if (this.#hasEnded) return;
    const { request, stages, onEnd } = this.#parts;
    this.#hasEnded = true;
    this.#source.pause();
    request.unpipe();
    for (const stage of stages) stage.destroy();
    onEnd(end);
  }
}
