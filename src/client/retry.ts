/** The first pause between two attempts; each further one is twice as long. */
const FIRST_PAUSE_MS = 100;

/** The longest pause of our own; a server may ask for longer. */
const MAX_PAUSE_MS = 5000;

/** The longest pause that a server is granted with Retry-After: a person or a script waits. */
const MAX_RETRY_AFTER_MS = 60_000;

/** Pauses that double, each shortened at random by up to half so that many clients do not return together. */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const pause = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
  return pause * (1 - random() / 2);
}

/** Retry-After as a pause in milliseconds: seconds or an HTTP date (RFC 9110, 10.2.3); undefined when it is neither. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const pause = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(pause) ? undefined : Math.min(MAX_RETRY_AFTER_MS, Math.max(0, pause));
}
