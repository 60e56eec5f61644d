import type { Micros } from '../../core/duration.js';
import { RemoteBusy } from '../remotes/kind.js';

/** The delay after the first failure, in milliseconds. Each further failure doubles it. */
const FIRST_DELAY_MS = 500;

/** Maximum delay, in milliseconds: forwarding resumes within a minute after a remote is up again. */
const MAX_DELAY_MS = 60_000;

/** The random share of a delay, so that many stores do not return to a remote at once. */
const JITTER = 0.2;

/**
 * The time of the next try after `failures` consecutive failures, in microseconds since 1970.
 * @param error the last error: a busy remote may ask for a longer delay.
 */
export function nextTryAt(now: Micros, failures: number, error?: unknown, random = Math.random()): Micros {
  const delayMs = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(failures - 1, 30));
  const askedMs = error instanceof RemoteBusy ? (error.afterMs ?? 0) : 0;
  return now + Math.round(Math.max(askedMs, delayMs * (1 - JITTER * random)) * 1000);
}
