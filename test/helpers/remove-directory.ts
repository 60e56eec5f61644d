import { rmSync } from 'node:fs';

/** Attempts to remove a directory into which a process that just ended, or a child of it, may still write a file. */
const MAX_RETRIES = 20;

/** Milliseconds before the first retry; each further one waits as much longer. */
const RETRY_DELAY_MS = 25;

/** Removes a directory and what is in it; none there is fine. */
export function removeDirectory(dir: string): void {
  rmSync(dir, { recursive: true, force: true, maxRetries: MAX_RETRIES, retryDelay: RETRY_DELAY_MS });
}
