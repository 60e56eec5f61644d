import { open } from 'node:fs/promises';
import { pause } from '../../../../core/sleep.js';

/** Bytes per read. */
const READ_BYTES = 1024 * 1024;

/** Interval of checks for more bytes, in milliseconds. */
const LOOK_MS = 2;

/**
 * Yields the bytes of an existing file while another writer appends to it, until it is complete.
 * @param writing resolves once the file is complete; its error is thrown here.
 */
export async function* readGrowing(
  path: string,
  writing: Promise<unknown>,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const state = { isComplete: false };
  const completed = writing.then(() => {
    state.isComplete = true;
  });
  completed.catch(() => undefined);
  const file = await open(path);
  try {
    for (;;) {
      const isLast = state.isComplete;
      // A new buffer for each chunk: the stream may keep one until it is sent.
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES);
      if (bytesRead > 0) yield buffer.subarray(0, bytesRead);
      else if (isLast) return;
      else await Promise.race([completed, pause(LOOK_MS, signal)]);
    }
  } finally {
    await file.close();
  }
}
