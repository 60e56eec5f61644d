import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { messageOf } from '../core/errors.js';
import { DecodeError, type Decoder } from '../decode/decoder.js';
import { checkInflation, inflaters } from '../decode/inflate.js';
import type { Intake } from './intake.js';

/** How the reading of a body ended. `stopped` is when the caller said so. */
export type BodyEnd = 'complete' | 'stopped' | DecodeError | Error;

/** A body that is being read. */
export interface BodyReading {
  /** Stops reading; what was decoded so far stands. */
  stop(): void;
}

/**
 * Feeds a request's body to the decoder while it arrives, undoing its Content-Encoding, and pauses the sender while
 * the journal is behind. Calls `onEnd` once.
 * @throws DecodeError `unsupported_media` when the Content-Encoding is not known.
 */
export function readBody(
  request: IncomingMessage,
  decoder: Decoder,
  { writer, counts }: Intake,
  onEnd: (end: BodyEnd) => void,
): BodyReading {
  const stages = inflaters(request.headers['content-encoding']);
  let received = 0;
  let inflated = 0;
  let hasEnded = false;
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
      if (!hasEnded) source.resume();
    };
    if (waiting) {
      source.pause();
      // Not at once: Node reads on from a socket that is resumed within its turn, up to 2 MiB, and the others wait.
      waiting.then(() => void setImmediate(() => (writer.isFull ? writer.onRoom(resume) : resume())), failed);
    } else if (writer.isFull) {
      source.pause();
      writer.onRoom(resume);
    }
  }

  function receive(chunk: Buffer): void {
    received += chunk.length;
    counts.bytes(chunk.length);
  }

  source.on('data', (chunk: Buffer) => {
    if (hasEnded) return;
    try {
      if (source === request) receive(chunk);
      else checkInflation(received, (inflated += chunk.length));
      holdBack(decoder.write(chunk));
    } catch (error) {
      failed(error);
    }
  });
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
  if (source !== request) request.on('data', receive);
  // Not with stream.pipeline: it would destroy the request with a stage that fails, and with it the reply.
  let from: Readable = request;
  for (const stage of stages) {
    stage.on('error', error => {
      failed(new DecodeError('cannot_decompress', `the body cannot be decompressed: ${error.message}`));
    });
    from = from.pipe(stage);
  }
  return { stop: () => finish('stopped') };
}
