import leven from 'leven';
import { columnsLike } from './meanings.js';

/** The most near names that an error lists. */
const MAX_NEAR_NAMES = 5;

/**
 * Names close to an unknown one: first those with the same meaning, then those that differ in less than a share of its
 * letters or end in it as a key, nearest first.
 * @param share the share of letters that may differ.
 */
export function nearNames(name: string, names: readonly string[], share = 0.5): string[] {
  const wanted = name.toLowerCase();
  const spelled = names
    .map(candidate => {
      const given = candidate.toLowerCase();
      const last = given.slice(given.lastIndexOf('.') + 1);
      return { candidate, distance: Math.min(leven(wanted, given), leven(wanted, last) + 1) };
    })
    .filter(({ distance }) => distance <= Math.max(1, Math.floor(wanted.length * share)))
    .sort((a, b) => a.distance - b.distance)
    .map(({ candidate }) => candidate);
  return [...new Set([...columnsLike(name, names), ...spelled])].slice(0, MAX_NEAR_NAMES);
}
