import { identityAt } from './identity.js';
import type { LogPlace } from './place.js';
import { fitsAny, isPassed, rotatedFrom } from './rotated.js';

/** A copy that is made of a log before it is truncated is known as one after that; the log may as well be one that begins alike. */
const UNDECIDED_MS = 3000;

/** What a judge is made with. */
export interface JudgeOptions {
  readonly isFollowed: (path: string) => boolean;
  /** How far other logs are read, which are open. */
  readonly open: () => readonly LogPlace[];
  /** How far other logs were read when this process began. */
  readonly stored: () => readonly LogPlace[];
}

/**
 * Creates what tells whether a file that matches a pattern is a log of its own, rather than what a rotation has made of
 * one that is followed.
 */
export function createJudge({ isFollowed, open, stored }: JudgeOptions) {
  const undecidedSince = new Map<string, number>();
  return async (path: string, isFirstSight: boolean): Promise<boolean> => {
    const original = rotatedFrom(path);
    if (original !== undefined && isFollowed(original)) return false;
    if (isFirstSight) return true;
    const identity = identityAt(path);
    if (identity === undefined || open().some(({ file }) => file === identity)) return false;
    const others = [...open(), ...stored()];
    const passed = others.flatMap(place => place.passed);
    const same = others.filter(({ file }) => file === identity);
    if ((await isPassed(path, passed)) || (await fitsAny(path, same))) return false;
    if (!(await fitsAny(path, others))) return true;
    const since = undecidedSince.get(path) ?? Date.now();
    undecidedSince.set(path, since);
    return Date.now() - since >= UNDECIDED_MS;
  };
}
