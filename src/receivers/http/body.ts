import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { messageOf } from '../../core/errors.js';
import { DecodeError, type Decoder } from '../../formats/decoder.js';
import { checkInflation, inflaters } from '../../formats/compression/inflate.js';
import type { Intake } from '../intake.js';
import type { Allowance } from '../auth/rate-limit.js';

/** How the reading of a body ended. `stopped` is when the caller said so. */
export type BodyEnd = 'complete' | 'stopped' | DecodeError | Error;

/** A body that is being read. */
export interface BodyReading {
  /** Stops reading; what was decoded so far stands. */
  stop(): void;
  /** Whether it is we who do not read on. */
  readonly isHeldBack: boolean;
}

/**
 * Feeds a request's body to the decoder while it arrives, undoing its Content-Encoding, and pauses the sender while
 * the journal is behind or the sender has overdrawn its allowance. Calls `onEnd` once.
 * @param contentEncoding what is to be undone, where that is not what the header says.
 * @throws DecodeError `unsupported_media` when the Content-Encoding is not known.
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
  let isHeldBack = false;
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

  /** Holds the source back until the promise of a decoder is kept, or the journal has room. */
  function holdBack(waiting: void | Promise<void>): void {
    const resume = (): void => {
      isHeldBack = false;
      if (!hasEnded) source.resume();
    };
    if (!waiting && !writer.isFull) return;
    source.pause();
    isHeldBack = true;
    // Not at once: Node reads on from a socket that is resumed within its turn, up to 2 MiB, and the others wait.
    if (waiting)
      waiting.then(() => void setImmediate(() => (writer.isFull ? writer.onRoom(resume) : resume())), failed);
    else writer.onRoom(resume);
  }

  /** Takes a chunk, after the wait that a sender who has overdrawn owes; then the end, if this was the last, waits no more. */
  function take(chunk: Buffer): void {
    if (hasEnded) return;
    const wait = allowance.waitMs();
    isHeldBack = wait > 0;
    if (isHeldBack) {
      source.pause();
      setTimeout(take, wait, chunk).unref();
      return;
    }
    try {
      if (source !== request) checkInflation(received, (inflated += chunk.length));
      source.resume();
      holdBack(decoder.write(chunk));
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
  // Not with stream.pipeline: it would destroy the request with a stage that fails, and with it the reply.
  let from: Readable = request;
  for (const stage of stages) {
    stage.on('error', error => {
      failed(new DecodeError('cannot_decompress', `the body cannot be decompressed: ${error.message}`));
    });
    from = from.pipe(stage);
  }
  return {
    stop: () => finish('stopped'),
    get isHeldBack() {
      return isHeldBack;
    },
  };
}
