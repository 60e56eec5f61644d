import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import copyStreams from 'pg-copy-streams';
import { archivedStore } from '../lib/archived-store.mjs';
import { startEngine } from '../lib/engine.mjs';
import { forwardOnce } from '../lib/forward-once.mjs';
import { program, runNode } from '../lib/process.mjs';
import { rateReport } from '../lib/rate-report.mjs';

const EVENTS = 200_000;
const RUNS = 5;

/** Forwarding to PostgreSQL, whole process, against a script that copies the same rows from a file. */
export const forwardPostgres = {
  name: 'forward-postgres',
  what: '`telemetry forward` of 200,000 sealed events to PostgreSQL, against a bare Node script with one COPY of the same rows from a CSV file into the same table',
  bound: 'at least 0.5 of its rate',
  rounds: 1,
  async round(scratch) {
    const { store } = await archivedStore(EVENTS);
    const engine = await startEngine('postgres');
    const url = engine.values.URL;
    const client = new pg.Client(url);
    await client.connect();
    try {
      const file = join(scratch, 'events.csv');
      const runs = [];
      // The first run makes the tables and the file.
      for (let run = 0; run <= RUNS; run++) {
        const name = `run${run}`;
        await client.query('drop table if exists events; drop table if exists telemetry_cursors; checkpoint');
        const ours = await forwardOnce(store, name, url);
        if (run === 0)
          await pipeline(
            client.query(copyStreams.to('copy (select * from events) to stdout (format csv)')),
            createWriteStream(file),
          );
        await client.query('truncate events; checkpoint');
        const raw = await runNode([program('raw', 'postgres-copy.mjs'), url, 'events', file]);
        const { rows } = await client.query('select count(*)::int as events from events');
        if (rows[0].events !== EVENTS) throw new Error(`${rows[0].events} events`);
        if (run > 0) runs.push({ raw: raw.ms, ours });
      }
      return runs;
    } finally {
      await client.end();
      await engine.stop();
    }
  },
  report: ([runs]) => rateReport(runs, 0.5),
};
