import { archivedStore } from '../lib/archived-store.mjs';
import { cleanEnvironment, program, runNode, TELEMETRY } from '../lib/process.mjs';
import { startTelemetry } from '../lib/server.mjs';
import { median } from '../lib/statistics.mjs';

const EVENTS = 1_000_000;
const RUNS = 21;
const SQL = 'select type, count(*) from events group by type';

/** A small question to the query processes of a server, against the start of Node. */
export const question = {
  name: 'question',
  what: `\`${SQL}\` over 1M sealed events, whole process, a server running on the store, against \`node -e 0\``,
  bound: 'at most 1.6',
  rounds: 1,
  async round() {
    const { store } = await archivedStore(EVENTS);
    const server = await startTelemetry(store);
    try {
      const env = { ...cleanEnvironment(store), TELEMETRY_STORE: store };
      const ask = () => runNode([TELEMETRY, 'query', SQL], { env });
      const { ms: cold } = await ask();
      const times = { ours: [], raw: [] };
      for (let run = 0; run < RUNS; run++) {
        times.raw.push((await runNode(['-e', '0'], { env })).ms);
        times.ours.push((await ask()).ms);
      }
      return { ...summary(times), cold };
    } finally {
      await server.stop();
    }
  },
  report([{ ours, raw, ratio, cold }]) {
    return {
      figure: ratio.toFixed(2),
      isMet: ratio <= 1.6,
      detail: `${ours.toFixed(0)} against ${raw.toFixed(0)} ms; the first question of a cold pool ${cold.toFixed(0)} ms`,
    };
  },
};

/** The same question without a server, against a bare script with DuckDB on the same files. */
export const questionAlone = {
  name: 'question-alone',
  what: 'the same question without a server, whole process, against a bare Node script that opens DuckDB and asks the same files',
  bound: 'at most 1.25',
  rounds: 1,
  async round() {
    const { store } = await archivedStore(EVENTS);
    const bare = JSON.stringify({ folder: `${store}/archive`, sql: SQL });
    const env = { ...cleanEnvironment(store), TELEMETRY_STORE: store };
    const times = { ours: [], raw: [] };
    for (let run = 0; run < RUNS; run++) {
      times.raw.push((await runNode([program('raw', 'duckdb-ask.mjs'), bare], { env })).ms);
      times.ours.push((await runNode([TELEMETRY, 'query', SQL], { env })).ms);
    }
    return summary(times);
  },
  report([{ ours, raw, ratio }]) {
    return {
      figure: ratio.toFixed(2),
      isMet: ratio <= 1.25,
      detail: `${ours.toFixed(0)} against ${raw.toFixed(0)} ms`,
    };
  },
};

function summary(times) {
  return {
    ours: median(times.ours),
    raw: median(times.raw),
    ratio: median(times.ours.map((ms, i) => ms / times.raw[i])),
  };
}
