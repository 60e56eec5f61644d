import { execFileSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { archivedStore, telemetry, timed } from '../lib/archived-store.mjs';
import { program, runNode } from '../lib/process.mjs';
import { rateReport } from '../lib/rate-report.mjs';

const EVENTS = 1_000_000;
const RUNS = 5;

const GATEWAY = fileURLToPath(new URL('../../scripts/engines/s3.sh', import.meta.url));

/** Forwarding to a bucket on loopback, whole process, against a script in which DuckDB copies the rows and the SDK puts them. */
export const forwardObjects = {
  name: 'forward-objects',
  what: '`telemetry forward` of 1M sealed events to a bucket of an S3 gateway, against a bare Node script in which DuckDB copies the same rows from Parquet to Parquet and the SDK puts the file',
  bound: 'at least 0.5 of its rate',
  rounds: 1,
  async round(scratch) {
    const { store: archived } = await archivedStore(EVENTS);
    const store = join(scratch, 'store');
    cpSync(archived, store, { recursive: true });
    const file = join(scratch, 'events.parquet');
    const copy = join(scratch, 'copy.parquet');
    await telemetry(store, 'export', '--to', file);
    const { URL: endpoint, KEY: key, SECRET: secret, BUCKET: bucket, DIR } = startGateway(join(scratch, 'gateway'));
    try {
      const runs = [];
      for (let run = 0; run < RUNS; run++) {
        const name = `run${run}`;
        const url = `s3://${key}:${secret}@${bucket}/${name}`;
        await telemetry(store, 'remote', 'create', name, url, '--endpoint', endpoint, '--since', 'all');
        rmSync(copy, { force: true });
        const place = JSON.stringify({ endpoint, bucket, key, secret });
        const raw = await runNode([program('raw', 'duckdb-copy-put.mjs'), file, copy, place]);
        const ours = await timed(store, 'forward', name, '--until-current');
        runs.push({ raw: raw.ms, ours: ours.ms });
      }
      return runs;
    } finally {
      execFileSync(GATEWAY, ['stop', DIR]);
    }
  },
  report: ([runs]) => rateReport(runs, 0.5),
};

function startGateway(dir) {
  const text = execFileSync(GATEWAY, ['start', dir], { encoding: 'utf8' });
  return Object.fromEntries(
    text
      .trim()
      .split('\n')
      .map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
}
