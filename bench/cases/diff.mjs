import { join } from 'node:path';
import { telemetry, timed } from '../lib/archived-store.mjs';
import { CASES, CAUSE_NAMES, plantedEvents, writePlantedEvents } from '../lib/planted-events.mjs';
import { program, runNode } from '../lib/process.mjs';
import { sampledScore } from '../lib/sampled-score.mjs';
import { keptFolder } from '../lib/scratch.mjs';
import { median } from '../lib/statistics.mjs';

/** With DIFF_EVENTS, fewer: storing a million events of 1 KiB takes minutes on a small machine. */
const EVENTS = Number(process.env.DIFF_EVENTS ?? 1_000_000);

const RUNS = 5;

/** Events of each side that a sampling tool takes, at least and at most. */
const SAMPLES = [500, 5000];

function caseCondition(index) {
  return `cases[${index + 1}] = '1'`;
}

/** Counts the planted causes that are found first, the null cases with findings, and the causes that samples find. */
async function countCases(store) {
  const counts = { found: 0, falseFindings: 0, sampled: SAMPLES.map(() => 0) };
  for (let index = 0; index < 2 * CASES; index++) {
    const text = await telemetry(store, 'diff', '--where', caseCondition(index), '--no-server', '--format', 'json');
    const [first] = JSON.parse(text).findings;
    if (index >= CASES) counts.falseFindings += first === undefined ? 0 : 1;
    else if (first?.attribute === CAUSE_NAMES[index]) counts.found++;
  }
  const sides = CAUSE_NAMES.map(() => ({ matching: [], others: [] }));
  // Samples are drawn from the first events, which are as random as any: those of all sides would fill the memory.
  for (const text of plantedEvents(Math.min(EVENTS, 300_000))) {
    const { labels, cases, ...event } = JSON.parse(text);
    for (const [key, value] of Object.entries(labels)) event[`labels.${key}`] = value;
    sides.forEach((side, index) => {
      const list = cases[index] === '1' ? side.matching : side.others;
      if (list.length < SAMPLES.at(-1)) list.push(event);
    });
    if (sides.every(({ matching, others }) => Math.min(matching.length, others.length) >= SAMPLES.at(-1))) break;
  }
  sides.forEach(({ matching, others }, index) => {
    SAMPLES.forEach((size, i) => {
      if (sampledScore(matching, others, size, index + 1) === CAUSE_NAMES[index]) counts.sampled[i]++;
    });
  });
  return counts;
}

export const diff = {
  name: 'diff',
  what: `\`telemetry diff\` over ${(EVENTS / 1e6).toLocaleString('en-US')}M sealed events of 40 attributes, whole process, against approx_count_distinct of the same 40 columns in bare DuckDB; causes found first of ${CASES} planted ones; ${CASES} cases without a cause that find something`,
  bound: `at most 4; ${CASES}; 0`,
  rounds: 1,
  async round() {
    const folder = keptFolder('diff');
    const store = join(folder, 'store');
    const file = join(folder, 'events.ndjson');
    process.stderr.write(`  a store of ${EVENTS.toLocaleString('en-US')} events of 40 attributes is made once\n`);
    await writePlantedEvents(file, EVENTS);
    await telemetry(store, 'ingest', file);
    await telemetry(store, 'seal');
    const settings = JSON.stringify({ folder: join(store, 'archive'), without: ['cases', 'file'] });
    const times = { ours: [], raw: [] };
    for (let run = 0; run < RUNS; run++) {
      times.raw.push((await runNode([program('raw', 'duckdb-distinct.mjs'), settings])).ms);
      times.ours.push((await timed(store, 'diff', '--where', caseCondition(3), '--no-server')).ms);
    }
    const ratio = median(times.ours.map((ms, i) => ms / times.raw[i]));
    return { ours: median(times.ours), raw: median(times.raw), ratio, ...(await countCases(store)) };
  },
  report([{ ours, raw, ratio, found, falseFindings, sampled }]) {
    const named = SAMPLES.map((size, i) => `${sampled[i]} of samples of ${size.toLocaleString('en-US')}`).join(', ');
    return {
      figure: `${ratio.toFixed(2)}; ${found}; ${falseFindings}`,
      isMet: ratio <= 4 && found === CASES && falseFindings === 0,
      detail: `${(ours / 1000).toFixed(1)} against ${(raw / 1000).toFixed(1)} s; the largest difference in share finds ${named}, and always names something`,
    };
  },
};
