import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { archivedStore, telemetry, timed } from '../lib/archived-store.mjs';
import { program, runNode } from '../lib/process.mjs';
import { rateReport } from '../lib/rate-report.mjs';

const EVENTS = 1_000_000;
const RUNS = 5;

/** An export to one Parquet file, whole process, against a script in which DuckDB copies that file. */
export const exportParquet = {
  name: 'export',
  what: '`telemetry export` of 1M sealed events to a Parquet file with payloads, against a bare Node script in which DuckDB copies the same rows from Parquet to Parquet',
  bound: 'at least 0.5 of its rate',
  rounds: 1,
  async round(scratch) {
    const { store } = await archivedStore(EVENTS);
    const file = join(scratch, 'events.parquet');
    const copy = join(scratch, 'copy.parquet');
    await telemetry(store, 'export', '--to', file);
    const runs = [];
    for (let run = 0; run < RUNS; run++) {
      rmSync(copy, { force: true });
      const raw = await runNode([program('raw', 'duckdb-copy-parquet.mjs'), file, copy]);
      rmSync(copy);
      const ours = await timed(store, 'export', '--to', copy);
      runs.push({ raw: raw.ms, ours: ours.ms });
    }
    return runs;
  },
  report: ([runs]) => rateReport(runs, 0.5),
};
