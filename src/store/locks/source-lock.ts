import { createHash } from 'node:crypto';
import { lockIn } from './store-lock.js';

/**
 * Holds a source, so that one process at a time reads it and numbers its events.
 * @returns how to let go, or undefined when another process holds it.
 * @throws TelemetryError `failure` when the directory cannot be used.
 */
export function lockSource(dir: string, source: string): (() => void) | undefined {
  return lockIn(dir, `feed-${createHash('sha256').update(source).digest('hex').slice(0, 16)}.lock`);
}
