import { senderAt } from './address.js';

/** Wrong tokens per address without a delay, for typing errors. */
const FREE_FAILURES = 5;

/** Delay of the next reply, in milliseconds. It doubles with each further wrong token. */
const FIRST_DELAY_MS = 100;

/** Maximum delay, in milliseconds: clients time out after some ten seconds. */
const MAX_DELAY_MS = 3000;

/** Maximum number of delayed replies per address. Above it, requests are refused without checking their tokens. */
const MAX_WAITING = 16;

/** Time without a wrong token after which an address is forgotten, in milliseconds. */
const FORGET_AFTER_MS = 60_000;

/** Maximum number of addresses, some 1 MiB. Above it, the least recent one is forgotten. */
const MAX_ADDRESSES = 10_000;

/**
 * Slows down guessing of tokens, per address. Requests with a right token are never delayed; only an address with many
 * delayed replies is refused before its token is checked.
 */
export interface FailedAttempts {
  /** True while the address has {@link MAX_WAITING} delayed replies. */
  isFlooding(address: string | undefined): boolean;
  /** Records a wrong token. Returns the delay of its reply, in milliseconds. */
  failed(address: string | undefined): number;
}

interface Failures {
  count: number;
  lastAt: number;
  /** The times at which delayed replies will be sent. */
  waiting: number[];
}

/** Creates the record of one server. @param now a monotonic clock, in milliseconds */
export function failedAttempts(now: () => number = () => performance.now()): FailedAttempts {
  const addresses = new Map<string, Failures>();

  function current(sender: string): Failures | undefined {
    const failures = addresses.get(sender);
    if (!failures) return undefined;
    const at = now();
    failures.waiting = failures.waiting.filter(until => until > at);
    if (at - failures.lastAt <= FORGET_AFTER_MS) return failures;
    addresses.delete(sender);
    return undefined;
  }

  return {
    isFlooding: address => (current(senderAt(address))?.waiting.length ?? 0) >= MAX_WAITING,
    failed(address) {
      const sender = senderAt(address);
      const failures = current(sender) ?? { count: 0, lastAt: 0, waiting: [] };
      // Reinserts the entry, so that the map is in order of last use.
      addresses.delete(sender);
      if (addresses.size >= MAX_ADDRESSES) addresses.delete(addresses.keys().next().value!);
      addresses.set(sender, failures);
      failures.lastAt = now();
      const past = ++failures.count - FREE_FAILURES;
      if (past <= 0) return 0;
      const delay = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (past - 1));
      failures.waiting.push(failures.lastAt + delay);
      return delay;
    },
  };
}
