import { pause } from './sleep.js';

/**
 * Does some work at once and then at every multiple of an interval since the start, until the signal aborts: it does not
 * drift. A time that the work before ran into is left out.
 * @param ms the interval, at most {@link MAX_INTERVAL_MS}.
 */
export async function every(ms: number, signal: AbortSignal, work: () => void | Promise<void>): Promise<void> {
  const start = performance.now();
  for (let turn = 0; !signal.aborted;) {
    await work();
    turn = Math.max(turn + 1, Math.ceil((performance.now() - start) / ms));
    await pause(start + turn * ms - performance.now(), signal);
  }
}

/** Timers hold 31 bits of milliseconds, some 24 days; nothing that is measured is measured more seldom than daily. */
export const MAX_INTERVAL_MS = 86_400_000;

/** What is asked more often than this has no time to answer. */
export const MIN_INTERVAL_MS = 100;
