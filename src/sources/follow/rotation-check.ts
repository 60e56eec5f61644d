import { identityAt } from './identity.js';
import type { LogOffset } from './log-offset.js';
import { fitsAny, isPassed, rotatedFrom } from './rotated.js';

/**
 * The copy made of a log before truncation is recognized only after the truncation; until then it could be a log that
 * begins alike.
 */
const UNDECIDED_MS = 3000;

/** Options of {@link createRotationCheck}. */
export interface RotationCheckOptions {
  readonly isFollowed: (path: string) => boolean;
  /** Offsets of the other open logs. */
  readonly open: () => readonly LogOffset[];
  /** Offsets of other logs when this process began. */
  readonly stored: () => readonly LogOffset[];
}

/**
 * Creates a rotation check. It resolves to true for a file that is a separate log, and to false for a rotated part of a
 * followed one.
 */
export function createRotationCheck({ isFollowed, open, stored }: RotationCheckOptions) {
  const undecidedSince = new Map<string, number>();
  return async (path: string, isFirstSight: boolean): Promise<boolean> => {
    const original = rotatedFrom(path);
    if (original !== undefined && isFollowed(original)) return false;
    if (isFirstSight) return true;
    const identity = identityAt(path);
    if (identity === undefined || open().some(({ file }) => file === identity)) return false;
    const others = [...open(), ...stored()];
    const passed = others.flatMap(offset => offset.passed);
    const same = others.filter(({ file }) => file === identity);
    if ((await isPassed(path, passed)) || (await fitsAny(path, same))) return false;
    if (!(await fitsAny(path, others))) return true;
    const since = undecidedSince.get(path) ?? Date.now();
    undecidedSince.set(path, since);
    return Date.now() - since >= UNDECIDED_MS;
  };
}
