import { lockIn } from './store-lock.js';

/**
 * Acquires the lock of a remote of the store at `dir`: one process at a time forwards to it.
 * @returns a function that releases the lock; undefined when another process holds it.
 */
export function lockRemote(dir: string, remote: string): (() => void) | undefined {
  return lockIn(dir, `remote-${remote.toLowerCase()}.lock`);
}
