import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@clickhouse/client';
import { archivedStore } from '../lib/archived-store.mjs';
import { startEngine } from '../lib/engine.mjs';
import { forwardOnce } from '../lib/forward-once.mjs';
import { program, runNode } from '../lib/process.mjs';
import { rateReport } from '../lib/rate-report.mjs';

const EVENTS = 200_000;
const RUNS = 5;

/** Forwarding to ClickHouse, whole process, against a script that inserts the same rows from a file. */
export const forwardClickHouse = {
  name: 'forward-clickhouse',
  what: "`telemetry forward` of 200,000 sealed events to ClickHouse's engine, against a bare Node script with one insert of the same rows from a Parquet file into the same table",
  bound: 'at least 0.5 of its rate',
  rounds: 1,
  async round(scratch) {
    const { store } = await archivedStore(EVENTS);
    const engine = await startEngine('clickhouse');
    const url = engine.values.URL;
    const client = createClient({ url: url.replace('clickhouse:', 'http:'), request_timeout: 600_000 });
    const text = async query => (await client.query({ query, format: 'TabSeparated' })).text();
    try {
      const file = join(scratch, 'events.parquet');
      const runs = [];
      let columns = '';
      // The first run makes the table and the file.
      for (let run = 0; run <= RUNS; run++) {
        const name = `run${run}`;
        await client.command({ query: 'drop table if exists events sync' });
        const ours = await forwardOnce(store, name, url);
        if (run === 0) {
          columns = (
            await text(
              "select arrayStringConcat(groupArray(name), ',') from system.columns where database = 'default' and table = 'events' and default_kind = ''",
            )
          ).trim();
          const query = `select ${columns} from events format Parquet settings output_format_parquet_compression_method = 'lz4'`;
          writeFileSync(
            file,
            Buffer.from(await (await fetch(httpOf(url), { method: 'POST', body: query })).arrayBuffer()),
          );
        }
        await client.command({ query: 'truncate table events sync' });
        const raw = await runNode([program('raw', 'clickhouse-insert.mjs'), httpOf(url), 'events', file, columns]);
        const events = Number(await text('select count() from events'));
        if (events !== EVENTS) throw new Error(`${events} events`);
        if (run > 0) runs.push({ raw: raw.ms, ours });
      }
      return runs;
    } finally {
      await client.close();
      await engine.stop();
    }
  },
  report: ([runs]) => rateReport(runs, 0.5),
};

function httpOf(url) {
  return url.replace('clickhouse:', 'http:').replace(/\/default$/, '');
}
