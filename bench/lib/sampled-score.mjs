import { randomFrom } from './random.mjs';

/** The usual shares at which a sample of numbers is cut into ranges. */
const CUTS = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/** With more values in the sample than this, a number is compared in ranges. */
const MAX_NUMBER_VALUES = 50;

/**
 * The score of tools that sample: the attribute with the largest difference between the share of a value in a sample of
 * the matching events and its share in one of the others. It has no threshold: it always names an attribute.
 * @param {readonly object[]} matching events as flat objects
 * @param {readonly object[]} others
 * @param {number} size the events of each sample
 * @param {number} seed
 * @returns {string}
 */
export function sampledScore(matching, others, size, seed) {
  const random = randomFrom(seed);
  const [here, there] = [matching, others].map(events => sampleOf(events, size, random));
  const names = new Set([...here, ...there].flatMap(event => Object.keys(event)));
  let best = { name: '', difference: -1 };
  for (const name of names) {
    const label = labels([...here, ...there].map(event => event[name]));
    const [a, b] = [here, there].map(events => shares(events.map(event => label(event[name]))));
    for (const value of new Set([...a.keys(), ...b.keys()])) {
      const difference = Math.abs((a.get(value) ?? 0) - (b.get(value) ?? 0));
      if (difference > best.difference) best = { name, difference };
    }
  }
  return best.name;
}

function sampleOf(events, size, random) {
  const picked = [...events];
  const count = Math.min(size, picked.length);
  for (let i = 0; i < count; i++) {
    const other = i + Math.floor(random() * (picked.length - i));
    [picked[i], picked[other]] = [picked[other], picked[i]];
  }
  return picked.slice(0, count);
}

function labels(values) {
  const numbers = values.filter(value => typeof value === 'number').sort((a, b) => a - b);
  if (numbers.length === 0 || new Set(numbers).size <= MAX_NUMBER_VALUES) return String;
  const edges = CUTS.map(cut => numbers[Math.floor(cut * numbers.length)]);
  return value => (typeof value === 'number' ? edges.filter(edge => value > edge).length : String(value));
}

function shares(values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1 / values.length);
  return counts;
}
