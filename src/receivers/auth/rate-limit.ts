import type { EventSink } from '../../core/event.js';

/** How many events a sender may send: so many in any such time, in milliseconds. */
export interface Rate {
  readonly events: number;
  readonly perMs: number;
}

/** Senders remembered: some 1 MiB. Past it the one that has been quiet for longest is forgotten: its bucket is the fullest. */
const MAX_SENDERS = 10_000;

/** What one sender may still send. */
export interface Allowance {
  /** Takes events out of it. It may go below nothing: an event that has been decoded is not thrown away. */
  spend(events: number): void;
  /** How long until it holds something again, in milliseconds; 0 while it does. */
  waitMs(): number;
}

/** Gives each sender its allowance: the same one as long as it matters. */
export type RateLimiter = (sender: string) => Allowance;

/** Without a limit. */
export const UNLIMITED: Allowance = { spend: () => undefined, waitMs: () => 0 };

/**
 * Limits senders by a token bucket each: it holds at most the events of the rate, and fills at the rate. What a request
 * overdraws has to be filled up before the next is let in, so that the mean rate is kept whatever the requests' sizes.
 * @param now milliseconds, of any origin.
 */
export function rateLimiter(rate: Rate | undefined, now: () => number = () => performance.now()): RateLimiter {
  if (!rate) return () => UNLIMITED;
  const buckets = new Map<string, Allowance>();

  return sender => {
    const known = buckets.get(sender);
    if (known) {
      // Set anew, so that the map keeps the order of last use.
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

/** Takes each event that passes out of its sender's allowance. */
export function spending(sink: EventSink, allowance: Allowance): EventSink {
  if (allowance === UNLIMITED) return sink;
  return (bytes, start, end, facts) => {
    allowance.spend(1);
    sink(bytes, start, end, facts);
  };
}
