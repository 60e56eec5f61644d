import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for so many milliseconds, or until the signal aborts, whichever is first. Never rejects. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, signal && { signal }).catch((error: unknown) => {
    if (!signal?.aborted) throw error;
  });
}
