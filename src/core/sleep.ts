import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves after `ms` milliseconds or on abort, whichever comes first. Never rejects. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  await sleep(ms, undefined, signal && { signal }).catch((error: unknown) => {
    if (!signal?.aborted) throw error;
  });
}
