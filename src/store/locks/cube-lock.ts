import { pause } from '../../core/sleep.js';
import { lockIn } from './store-lock.js';

/** Interval between attempts to get a lock that another process holds, in milliseconds. */
const ASK_AGAIN_MS = 50;

/**
 * Waits for the lock of the cubes of the store at `dir`: one process at a time refreshes them. Neither readers nor the
 * writer take it.
 * @returns how to release it; undefined when the signal aborted first.
 */
export async function waitForCubes(dir: string, signal: AbortSignal | undefined): Promise<(() => void) | undefined> {
  while (signal?.aborted !== true) {
    const unlock = lockIn(dir, 'cubes.lock');
    if (unlock) return unlock;
    await pause(ASK_AGAIN_MS, signal);
  }
  return undefined;
}
