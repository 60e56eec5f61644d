import { totalmem } from 'node:os';

/** A query may take this share of the memory: the server and the user's other programs need the rest. */
const SHARE = 0.25;

/** And no more than this: past it, temporary files cost little against what is computed. */
const MOST_BYTES = 4 * 1024 ** 3;

/**
 * What a query may hold in memory unless it is said, in bytes: a quarter of the machine's memory, or of what the control
 * group of this process may use, at most 4 GiB.
 * @param constrained bytes as of `process.constrainedMemory()`: 0 or a huge number where there is no limit.
 */
export function usualQueryMemory(total = totalmem(), constrained = process.constrainedMemory()): number {
  const available = constrained > 0 ? Math.min(total, constrained) : total;
  return Math.min(MOST_BYTES, Math.floor(available * SHARE));
}
