import type { EventSink } from '../../core/event.js';

/** A rate limit: a number of events per time in milliseconds. */
export interface Rate {
  readonly events: number;
  readonly perMs: number;
}

/** Maximum number of senders, some 1 MiB. Above it, the least recent one is forgotten, whose bucket is the fullest. */
const MAX_SENDERS = 10_000;

/** The remaining events of a sender. */
export interface Allowance {
  /** Spends events. The balance may become negative, since decoded events are not discarded. */
  spend(events: number): void;
  /** Time until the balance is positive, in milliseconds; 0 while it is. */
  waitMs(): number;
}

/** Returns the allowance of a sender, the same one for each call while it is in use. */
export type RateLimiter = (sender: string) => Allowance;

/** The allowance without a limit. */
export const UNLIMITED: Allowance = { spend: () => undefined, waitMs: () => 0 };

/**
 * Limits each sender by a token bucket, which holds at most the events of the rate. A request may overdraw the bucket; the
 * next one waits until it is positive again, so that the mean rate holds for requests of any size.
 * @param now a monotonic clock, in milliseconds
 */
export function rateLimiter(rate: Rate | undefined, now: () => number = () => performance.now()): RateLimiter {
  if (!rate) return () => UNLIMITED;
  const buckets = new Map<string, Allowance>();

  return sender => {
    const known = buckets.get(sender);
    if (known) {
      // Reinserts the entry, so that the map is in order of last use.
      buckets.delete(sender);
      buckets.set(sender, known);
      return known;
    }
    if (buckets.size >= MAX_SENDERS) buckets.delete(buckets.keys().next().value!);
    const bucket = newBucket(rate, now);
    buckets.set(sender, bucket);
    return bucket;
  };
}

function newBucket({ events, perMs }: Rate, now: () => number): Allowance {
  let level = events;
  let at = now();

  return {
    spend(count) {
      level -= count;
    },
    waitMs() {
      const present = now();
      level = Math.min(events, level + ((present - at) * events) / perMs);
      at = present;
      return level >= 1 ? 0 : Math.ceil(((1 - level) * perMs) / events);
    },
  };
}

/** Wraps a sink to charge each event to an allowance. */
export function spending(sink: EventSink, allowance: Allowance): EventSink {
  if (allowance === UNLIMITED) return sink;
  return (bytes, start, end, meta) => {
    allowance.spend(1);
    sink(bytes, start, end, meta);
  };
}
