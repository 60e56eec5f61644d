import leven from 'leven';
import { columnsLike } from './meanings.js';

/** How many near names an error has. */
const NEAR_COUNT = 5;

/**
 * The names that mean the same as one that is unknown, then those that differ in less than a share of its letters or
 * hold it as their last key, nearest first.
 * @param share of the letters that may differ.
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
  return [...new Set([...columnsLike(name, names), ...spelled])].slice(0, NEAR_COUNT);
}
