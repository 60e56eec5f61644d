import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { drawsFrom, randomFrom } from './random.mjs';

/** Cases with a cause, and as many without. */
export const CASES = 20;

/** The share of events that a case marks without a cause. */
const USUAL = 0.02;

const START = Date.UTC(2026, 0, 1);
const SMALL = [2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 25, 30, 40, 50, 60, 80, 100, 200];

/**
 * The 40 attributes of an event: 18 texts of few values, 3 of them nested, 4 that half of the events lack, 5 numbers of
 * few values, 6 amounts, 3 truth values, a user, a session and two ids.
 */
function attributes({ below, hex, uuid }, random) {
  const event = { labels: {} };
  SMALL.forEach((count, i) => {
    const value = `v${below(count)}`;
    if (i < 3) event.labels[`l${i}`] = value;
    else event[`text${i}`] = value;
  });
  for (let i = 0; i < 4; i++) if (random() < 0.5) event[`sparse${i}`] = `s${below(10)}`;
  [200, 5, 12, 40, 3].forEach(
    (count, i) => (event[`code${i}`] = i === 0 ? [200, 204, 404, 500][below(4)] : below(count)),
  );
  for (let i = 0; i < 6; i++) event[`amount${i}`] = Math.round(Math.exp(random() * 10) * 1000) / 1000;
  for (let i = 0; i < 3; i++) event[`flag${i}`] = random() < 0.3;
  event.user = `u${Math.floor(5000 * random() ** 2)}`;
  event.session = `s${below(20_000)}`;
  event.request = uuid();
  event.span = hex(16);
  return event;
}

/** The cause of each case: the attribute that has to be found first, the events, and the share of them that the case marks. */
const CAUSES = [
  ['text3', event => event.text3 === 'v2', 0.025],
  ['labels.l1', event => event.labels.l1 === 'v2', 0.024],
  ['labels.l2', event => event.labels.l2 === 'v1', 0.025],
  ['text5', event => event.text5 === 'v7', 0.03],
  ['text9', event => event.text9 === 'v3', 0.04],
  ['text12', event => event.text12 === 'v11', 0.05],
  ['text15', event => event.text15 === 'v70', 0.06],
  ['text16', event => event.text16 === 'v50', 0.08],
  ['text17', event => event.text17 === 'v150', 0.1],
  ['sparse0', event => event.sparse0 === 's4', 0.05],
  ['sparse1', event => event.sparse1 === undefined, 0.024],
  ['code0', event => event.code0 === 500, 0.025],
  ['code2', event => event.code2 === 7, 0.035],
  ['amount0', event => event.amount0 > 12_000, 0.04],
  ['amount1', event => event.amount1 < 3, 0.03],
  ['amount2', event => event.amount2 > 90 && event.amount2 < 160, 0.045],
  ['flag0', event => event.flag0, 0.023],
  ['flag2', event => !event.flag2, 0.0225],
  ['user', event => event.user === 'u0', 0.1],
  ['code3', event => event.code3 === 33, 0.06],
];

/** The attribute that is the cause of each case. */
export const CAUSE_NAMES = CAUSES.map(([name]) => name);

/**
 * JSON texts of events of 41 attributes, the same at every call. The attribute `cases` has a digit for each case: 1 for an
 * event that it marks. The first {@link CASES} cases have a cause, the others have none.
 * @param {number} count
 * @param {number} seed
 * @param {number} strength multiplies what a cause adds to the share of events that a case marks, for few events
 */
export function* plantedEvents(count, seed = 1, strength = 1) {
  const random = randomFrom(seed);
  const draws = drawsFrom(random);
  for (let i = 0; i < count; i++) {
    const event = attributes(draws, random);
    let cases = '';
    for (const [, isCause, share] of CAUSES) {
      cases += random() < USUAL + (isCause(event) ? (share - USUAL) * strength : 0) ? '1' : '0';
    }
    for (let k = 0; k < CASES; k++) cases += random() < USUAL ? '1' : '0';
    yield JSON.stringify({ type: 'event', time: new Date(START + i * 100).toISOString(), ...event, cases });
  }
}

/** Writes them to a file, a line each. */
export async function writePlantedEvents(file, count, seed) {
  const out = createWriteStream(file);
  let lines = [];
  for (const text of plantedEvents(count, seed)) {
    if (lines.push(text) < 1000) continue;
    const isOpen = out.write(`${lines.join('\n')}\n`);
    lines = [];
    if (!isOpen) await new Promise(resolve => out.once('drain', resolve));
  }
  out.end(lines.length === 0 ? '' : `${lines.join('\n')}\n`);
  await finished(out);
}
