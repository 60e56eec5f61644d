/** The first pause between two attempts; each further one doubles. */
const FIRST_PAUSE_MS = 100;

/** The longest pause by default; a server may ask for a longer one. */
const MAX_PAUSE_MS = 5000;

/** The longest Retry-After that is honoured: a person or a script waits. */
const MAX_RETRY_AFTER_MS = 60_000;

/** Pauses that double, each shortened at random by up to half so that clients do not return together. */
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
