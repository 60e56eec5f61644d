import { eventTexts } from './events.mjs';
import { drawsFrom, randomFrom } from './random.mjs';

const CITIES = ['Łódź', 'Århus', 'São Paulo', '東京', 'Nairobi', 'Pune'];
const NOTES = ['it\'s "fine"', 'a <b> & c', '✓ done 😀', 'C:\\temp', 'one\ttwo', '\u001b[32mok\u001b[0m'];
const TAGS = ['web', 'eu/west', 'canary', 'größer'];

/**
 * JSON texts of the wide events of {@link eventTexts}, each with values that encoders of JSON write in different ways:
 * characters past ASCII, quotes, slashes, markup, a colour code; small and whole doubles; lists of texts, numbers and objects.
 * @param {number} count
 * @returns {string[]}
 */
export function encodedEvents(count, seed = 1) {
  const draws = drawsFrom(randomFrom(seed + 1));
  return eventTexts(count, seed).map(text => JSON.stringify({ ...JSON.parse(text), ...odd(draws) }));
}

function odd({ pick, below }) {
  return {
    city: pick(CITIES),
    note: pick(NOTES),
    url: `/find?q=${below(500)}&page=<${below(20)}>`,
    rate: below(1000) * 1e-9,
    load: below(10_000) / 100,
    tags: [pick(TAGS), pick(TAGS)],
    sizes: [below(100), below(100)],
    marks: [{ name: pick(TAGS), at: below(1000) * 1e-8 }],
  };
}
