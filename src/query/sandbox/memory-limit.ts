import { totalmem } from 'node:os';

/** Share of the memory that a query may use: the server and the user's other programs need the rest. */
const SHARE = 0.25;

/** Upper bound in bytes: with more than this, temporary files cost little compared with the computation. */
const MAX_BYTES = 4 * 1024 ** 3;

/**
 * The default memory of a query, in bytes: a quarter of the machine's memory or of the control group's limit, at most 4
 * GiB.
 * @param constrained bytes as of `process.constrainedMemory()`: 0 or a huge number without a limit.
 */
export function usualQueryMemory(total = totalmem(), constrained = process.constrainedMemory()): number {
  const available = constrained > 0 ? Math.min(total, constrained) : total;
  return Math.min(MAX_BYTES, Math.floor(available * SHARE));
}
