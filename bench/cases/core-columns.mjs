import { archivedStore, telemetry } from '../lib/archived-store.mjs';
import { median } from '../lib/statistics.mjs';

const EVENTS = 10_000_000;
const RUNS = 9;

/** A core column costs what the flat column costs that it is read from. */
export const coreColumns = {
  name: 'core-columns',
  what: "`where trace_id = X` and `where severity = 'ERROR'` over 10M sealed events, process start aside, against the flat columns of the same events",
  bound: 'at most 1.1 each',
  rounds: 1,
  async round() {
    const { store } = await archivedStore(EVENTS);
    const sample = `select "trace.traceId" as t from events where type = 'trace' limit 1 offset 700000`;
    const { t } = JSON.parse(await telemetry(store, 'query', '--format', 'ndjson', sample));
    return {
      trace: await compared(store, `trace_id = '${t}'`, `"trace.traceId" = '${t}'`),
      severity: await compared(store, `severity = 'ERROR'`, `level = 'ERROR'`),
    };
  },
  report([{ trace, severity }]) {
    return {
      figure: `${trace.ratio.toFixed(2)}, ${severity.ratio.toFixed(2)}`,
      isMet: trace.ratio <= 1.1 && severity.ratio <= 1.1,
      detail: `${trace.core.toFixed(0)} against ${trace.flat.toFixed(0)} ms, ${severity.core.toFixed(0)} against ${severity.flat.toFixed(0)} ms`,
    };
  },
};

async function compared(store, core, flat) {
  const times = { core: [], flat: [] };
  for (let run = 0; run < RUNS; run++) {
    for (const [key, condition] of Object.entries({ core, flat })) {
      const sql = `select count(*), max(id) from events where ${condition}`;
      times[key].push(JSON.parse(await telemetry(store, 'query', '--explain', sql)).ms);
    }
  }
  return {
    core: median(times.core),
    flat: median(times.flat),
    ratio: median(times.core.map((ms, i) => ms / times.flat[i])),
  };
}
