import { rmSync } from 'node:fs';
import { codeOf } from '../../src/core/errors.js';

/** Attempts to remove a directory into which a process that just ended, or a child of it, may still write a file. */
const MAX_ATTEMPTS = 20;

/** Milliseconds before the second attempt; before each further one they are as many more. */
const RETRY_DELAY_MS = 25;

/**
 * Removes a directory and what is in it; none there is fine. The retries of rmSync would not help: they remove the
 * directory, but not what was written to it meanwhile.
 */
export function removeDirectory(dir: string): void {
  for (let attempt = 1; ; attempt++) {
    try {
      rmSync(dir, { recursive: true, force: true });
      return;
    } catch (error) {
      if (codeOf(error) !== 'ENOTEMPTY' || attempt === MAX_ATTEMPTS) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, attempt * RETRY_DELAY_MS);
    }
  }
}
