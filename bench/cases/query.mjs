import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventTexts } from '../lib/events.mjs';
import { cleanEnvironment, program, runJson, runNode, TELEMETRY } from '../lib/process.mjs';
import { folderIn } from '../lib/scratch.mjs';
import { startTelemetry } from '../lib/server.mjs';
import { median } from '../lib/statistics.mjs';

const EVENTS = 100_000;
const RUNS = 5;

/** SQL that says the same to both: the keys are the columns of read_json. */
const QUERIES = [
  'select type, count(*) as n from events group by type order by type',
  'select level, count(*) as n from events group by level order by level nulls last',
  'select event, env, count(*) as n, max("timeElapsed") as slowest from events group by event, env order by event nulls last',
];

/** A query in a process of its own against a script that reads the same rows from a file. */
export const query = {
  name: 'query',
  what: '`telemetry query` over 100k journal rows, whole process, against a bare Node script with DuckDB on the same NDJSON: the slowest of 3 queries',
  bound: 'at most 1.3',
  rounds: 1,
  async round(scratch) {
    const store = folderIn(scratch, 'store');
    const file = join(scratch, 'events.ndjson');
    writeFileSync(file, eventTexts(EVENTS).join('\n') + '\n');
    const server = await startTelemetry(store);
    try {
      await runJson(program('load', 'load.mjs'), {
        port: server.port,
        connections: 1,
        eventsPerPost: 1000,
        warmUp: 0,
        events: EVENTS,
      });
      const runs = [];
      for (const sql of QUERIES) runs.push(await compared(sql, store, file));
      return runs;
    } finally {
      await server.stop();
    }
  },
  report([runs]) {
    const slowest = Math.max(...runs.map(run => run.ratio));
    return {
      figure: slowest.toFixed(2),
      isMet: slowest <= 1.3,
      detail: runs.map(run => `${run.ours.toFixed(0)}/${run.raw.toFixed(0)} ms`).join(', '),
    };
  },
};

async function compared(sql, store, file) {
  const oursOnce = () =>
    runNode([TELEMETRY, 'query', sql, '--format', 'ndjson', '--store', store], {
      cwd: store,
      env: cleanEnvironment(store),
    });
  const rawOnce = () => runNode([program('raw', 'duckdb-json.mjs'), file, sql]);
  sameRows(sql, (await oursOnce()).text, (await rawOnce()).text);
  const ours = [];
  const raw = [];
  for (let run = 0; run < RUNS; run++) {
    raw.push((await rawOnce()).ms);
    ours.push((await oursOnce()).ms);
  }
  return { ours: median(ours), raw: median(raw), ratio: median(ours.map((ms, i) => ms / raw[i])) };
}

/** A figure is worth nothing when the answers differ. Counts are compared as numbers: DuckDB's client prints BIGINT as a string. */
function sameRows(sql, ours, raw) {
  const plain = text => text.replaceAll(/"(\d+)"/g, '$1');
  if (plain(ours) !== plain(raw)) throw new Error(`the answers differ for ${sql}:\n${ours}\n${raw}`);
}
