import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { messageOf } from '../../core/errors.js';
import { DecodeError, type Decoder } from '../../formats/decoder.js';
import { checkInflation, inflaters } from '../../formats/compression/inflate.js';
import type { Intake } from '../intake.js';
import type { Allowance } from '../auth/rate-limit.js';

/** The end of a body. `stopped` is an end by the caller. */
export type BodyEnd = 'complete' | 'stopped' | DecodeError | Error;

/** A body in progress. */
export interface BodyReading {
  /** Stops reading. Events decoded so far are kept. */
  stop(): void;
  /** True while back-pressure, not the client, pauses the body. */
  readonly isDelayed: boolean;
}

/**
 * Decompresses and decodes the body of a request while it arrives. Pauses the sender while the journal is behind or the
 * sender is over its rate limit. Calls `onEnd` once.
 * @param contentEncoding the encoding to undo; by default that of the header
 * @throws DecodeError `unsupported_media` for an unknown Content-Encoding.
 */
export function readBody(
  request: IncomingMessage,
  decoder: Decoder,
  { writer, counts }: Intake,
  allowance: Allowance,
  onEnd: (end: BodyEnd) => void,
  contentEncoding = request.headers['content-encoding'],
): BodyReading {
  const stages = inflaters(contentEncoding);
  let received = 0;
  let inflated = 0;
  let hasEnded = false;
  let isDelayed = false;
  const source: Readable = stages.at(-1) ?? request;

  function finish(end: BodyEnd): void {
    if (hasEnded) return;
    hasEnded = true;
    source.pause();
    request.unpipe();
    for (const stage of stages) stage.destroy();
    onEnd(end);
  }

  function failed(error: unknown): void {
    if (error instanceof DecodeError) finish(error);
    else finish(error instanceof Error ? error : new Error(messageOf(error)));
  }

  /** Pauses the source until the promise of the decoder resolves and the journal has room. */
  function delay(waiting: void | Promise<void>): void {
    const resume = (): void => {
      isDelayed = false;
      if (!hasEnded) source.resume();
    };
    if (!waiting && !writer.isFull) return;
    source.pause();
    isDelayed = true;
    // In the next turn: Node reads up to 2 MiB from a socket that resumes within the same turn, while others wait.
    if (waiting)
      waiting.then(() => void setImmediate(() => (writer.isFull ? writer.onRoom(resume) : resume())), failed);
    else writer.onRoom(resume);
  }

  /** Decodes a chunk, after the delay of a sender over its rate limit. */
  function take(chunk: Buffer): void {
    if (hasEnded) return;
    const wait = allowance.waitMs();
    isDelayed = wait > 0;
    if (isDelayed) {
      source.pause();
      setTimeout(take, wait, chunk).unref();
      return;
    }
    try {
      if (source !== request) checkInflation(received, (inflated += chunk.length));
      source.resume();
      delay(decoder.write(chunk));
    } catch (error) {
      failed(error);
    }
  }

  function receive(chunk: Buffer): void {
    received += chunk.length;
    counts.bytes(chunk.length);
  }

  source.on('data', take);
  source.on('end', () => {
    if (hasEnded) return;
    try {
      const waiting = decoder.end();
      if (waiting) waiting.then(() => finish('complete'), failed);
      else finish('complete');
    } catch (error) {
      failed(error);
    }
  });
  request.on('data', receive);
  // stream.pipeline would destroy the request, and with it the reply, when a stage fails.
  let from: Readable = request;
  for (const stage of stages) {
    stage.on('error', error => {
      failed(new DecodeError('cannot_decompress', `the body cannot be decompressed: ${error.message}`));
    });
    from = from.pipe(stage);
  }
  return {
    stop: () => finish('stopped'),
    get isDelayed() {
      return isDelayed;
    },
  };
}
