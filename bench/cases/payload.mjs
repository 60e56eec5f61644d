import { join } from 'node:path';
import { archivedStore, telemetry, timed } from '../lib/archived-store.mjs';
import { median } from '../lib/statistics.mjs';

const EVENTS = 1_000_000;
const RUNS = 3;

/** How fast payloads are rebuilt: inside of a query, and out into a file. */
export const payload = {
  name: 'payload',
  what: '`select sum(length(payload)) from events` over 1M sealed events; `select payload from events --format ndjson` to a file, whole process',
  bound: 'at least 500k; 200k events/s',
  rounds: 1,
  async round(scratch) {
    const { store } = await archivedStore(EVENTS);
    const sums = [];
    const exports = [];
    for (let run = 0; run < RUNS; run++) {
      const { ms } = JSON.parse(
        await telemetry(store, 'query', '--explain', 'select sum(length(payload)) from events'),
      );
      sums.push(EVENTS / ms);
      const out = join(scratch, 'out.ndjson');
      exports.push(
        EVENTS / (await timed(store, 'query', 'select payload from events', '--format', 'ndjson', '--out', out)).ms,
      );
    }
    return { sum: median(sums), export: median(exports) };
  },
  report([round]) {
    return {
      figure: `${round.sum.toFixed(0)}k; ${round.export.toFixed(0)}k`,
      isMet: round.sum >= 500 && round.export >= 200,
      detail: 'events/s',
    };
  },
};
