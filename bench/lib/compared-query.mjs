import { join } from 'node:path';
import { telemetry } from './archived-store.mjs';
import { program, runJson } from './process.mjs';
import { median } from './statistics.mjs';

/** How often each side runs, in turn; every time in a process of its own. */
const RUNS = 7;

/**
 * A query of the product against bare DuckDB on the same files, the start of the processes aside: { ours, raw, ratio }.
 * @param {{ ours: string, raw: string, only?: string }} sql for each; bare DuckDB may be given some of the files.
 */
export async function comparedQuery(store, { ours, raw, only }) {
  const times = { ours: [], raw: [] };
  for (let run = 0; run < RUNS; run++) {
    times.raw.push(
      (await runJson(program('raw', 'duckdb-parquet.mjs'), { folder: join(store, 'archive'), sql: raw, only })).ms,
    );
    times.ours.push(JSON.parse(await telemetry(store, 'query', '--explain', ours)).ms);
  }
  return {
    ours: median(times.ours),
    raw: median(times.raw),
    ratio: median(times.ours.map((ms, i) => ms / times.raw[i])),
  };
}
