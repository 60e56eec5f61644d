import { PassThrough } from 'node:stream';
import type { Readable } from 'node:stream';

/** Time for the last input after Ctrl-C, in milliseconds: in a pipeline, the writer is interrupted as well. */
const LAST_INPUT_MS = 200;

/** Time for the last ack after Ctrl-C, in milliseconds. */
const LAST_ACK_MS = 5000;

/**
 * Stdin as a body that an interruption ends instead of aborting, so that the input before it is sent and counted.
 * @returns the body, and a signal that aborts when the server does not acknowledge it in time.
 */
export function stdinUntil(
  interrupted: AbortSignal,
  stdin: Readable,
): { body: AsyncIterable<Uint8Array>; signal: AbortSignal } {
  const body = stdin.pipe(new PassThrough());
  stdin.once('error', error => body.destroy(error));
  const giveUp = new AbortController();
  interrupted.addEventListener('abort', () => {
    setTimeout(() => {
      stdin.unpipe(body);
      body.end();
    }, LAST_INPUT_MS);
    setTimeout(() => giveUp.abort(), LAST_ACK_MS);
  });
  return { body, signal: giveUp.signal };
}
