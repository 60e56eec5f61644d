import { pause } from './sleep.js';

/**
 * Calls `work` at once and then at every multiple of an interval since the start, until the signal aborts: the schedule
 * does not drift. Skips a time at which the previous work still runs.
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

/** Timers hold 31 bits of milliseconds, some 24 days; every measurement is at least daily. */
export const MAX_INTERVAL_MS = 86_400_000;

/** A shorter interval would leave the measured side no time to answer. */
export const MIN_INTERVAL_MS = 100;
