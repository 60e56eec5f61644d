import { senderAt } from './address.js';

/** So many wrong tokens cost an address nothing: someone who mistypes one is not a guesser. */
const FREE_FAILURES = 5;

/** How long the reply to the first wrong token past these is held back; each further one twice as long. */
const FIRST_DELAY_MS = 100;

/** The longest: a client that waits for a reply gives up after some ten seconds. */
const LONGEST_DELAY_MS = 3000;

/** Replies held back for one address at a time. While it has so many, it is told to wait, and its tokens are not looked at. */
const MAX_WAITING = 16;

/** After so long without a wrong token, an address starts anew. */
const FORGOTTEN_AFTER_MS = 60_000;

/** Addresses remembered: 1 MiB or so. Past it the one that has been quiet for longest is forgotten. */
const MAX_ADDRESSES = 10_000;

/**
 * Slows those who guess tokens, each by the address it comes from. Right tokens are never held back: only an address
 * that has many wrong ones under way is told to wait before it is looked at.
 */
export interface FailedAttempts {
  /** Whether so many wrong tokens of this address are waiting for their replies that no other is looked at. */
  isFlooding(address: string | undefined): boolean;
  /** Notes a wrong token. Returns how long its reply must be held back, in milliseconds. */
  failed(address: string | undefined): number;
}

interface Failures {
  count: number;
  lastAt: number;
  /** When each reply that is held back will be sent. */
  waiting: number[];
}

/** Creates the memory of one server. @param now milliseconds, of any origin. */
export function failedAttempts(now: () => number = () => performance.now()): FailedAttempts {
  const addresses = new Map<string, Failures>();

  function current(sender: string): Failures | undefined {
    const failures = addresses.get(sender);
    if (!failures) return undefined;
    const at = now();
    failures.waiting = failures.waiting.filter(until => until > at);
    if (at - failures.lastAt <= FORGOTTEN_AFTER_MS) return failures;
    addresses.delete(sender);
    return undefined;
  }

  return {
    isFlooding: address => (current(senderAt(address))?.waiting.length ?? 0) >= MAX_WAITING,
    failed(address) {
      const sender = senderAt(address);
      const failures = current(sender) ?? { count: 0, lastAt: 0, waiting: [] };
      // Set anew, so that the map keeps the order of last use.
      addresses.delete(sender);
      if (addresses.size >= MAX_ADDRESSES) addresses.delete(addresses.keys().next().value!);
      addresses.set(sender, failures);
      failures.lastAt = now();
      const past = ++failures.count - FREE_FAILURES;
      if (past <= 0) return 0;
      const delay = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (past - 1));
      failures.waiting.push(failures.lastAt + delay);
      return delay;
    },
  };
}
