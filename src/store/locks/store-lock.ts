import { join } from 'node:path';
import { pause } from '../../core/sleep.js';
import { lockFile } from './file-lock.js';
import { makeStoreDirectory } from '../database/store.js';
import { storeError } from '../database/store-trouble.js';

/** Interval between attempts to get a lock that another process holds, in milliseconds. */
const ASK_AGAIN_MS = 100;

/**
 * Holds the store for one server.
 * @returns how to let go, or undefined when another process holds the store.
 * @throws TelemetryError `failure` when the directory cannot be used.
 */
export function lockStore(dir: string): (() => void) | undefined {
  return lockIn(dir, 'server.lock');
}

/**
 * Holds the archive of the store, so that one process at a time seals, compacts or removes segments.
 * @returns how to let go, or undefined when another process holds it.
 * @throws TelemetryError `failure` when the directory cannot be used.
 */
function lockArchive(dir: string): (() => void) | undefined {
  return lockIn(dir, 'archive.lock');
}

/**
 * Waits for the lock of the archive. Undefined when the signal aborted first.
 * @param onWait called once when another process holds it.
 */
export async function waitForArchive(
  dir: string,
  signal: AbortSignal,
  onWait: () => void = () => undefined,
): Promise<(() => void) | undefined> {
  for (let isWaiting = false; !signal.aborted; isWaiting = true) {
    const unlock = lockArchive(dir);
    if (unlock) return unlock;
    if (!isWaiting) onWait();
    await pause(ASK_AGAIN_MS, signal);
  }
  return undefined;
}

/** Holds the lock of that name in the store's directory. @throws TelemetryError `failure` when it cannot be used. */
export function lockIn(dir: string, name: string): (() => void) | undefined {
  try {
    makeStoreDirectory(dir);
    return lockFile(join(dir, name));
  } catch (error) {
    throw storeError('cannot use the store', dir, error);
  }
}
