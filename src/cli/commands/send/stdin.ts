import { PassThrough } from 'node:stream';
import type { Readable } from 'node:stream';

/** After Ctrl-C, how long stdin may still say its last words: in a pipeline its writer was interrupted as well. */
const LAST_WORDS_MS = 200;

/** After Ctrl-C, how long the server may take to acknowledge what was sent. */
const LAST_ACK_MS = 5000;

/**
 * Stdin as a body that an interruption ends rather than breaks, so that what was read before it is sent and counted.
 * @returns the body, and a signal for when the server did not acknowledge it in time.
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
    }, LAST_WORDS_MS);
    setTimeout(() => giveUp.abort(), LAST_ACK_MS);
  });
  return { body, signal: giveUp.signal };
}
