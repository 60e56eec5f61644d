import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { telemetry } from '../lib/archived-store.mjs';
import { eventTexts } from '../lib/events.mjs';
import { cleanEnvironment, program, runNode, TELEMETRY } from '../lib/process.mjs';
import { folderIn } from '../lib/scratch.mjs';
import { median } from '../lib/statistics.mjs';

const FILES = 3;
const EVENTS_A_FILE = 1_000_000;
const AT_ONCE = 100_000;

/** `--archive-threads` by default. */
const THREADS = '1';

/** A large import ends sealed, against DuckDB's own copy of the same files, which compares and remembers nothing. */
export const importSealed = {
  name: 'import-sealed',
  what: "telemetry ingest of 3 NDJSON files of a million events, without a server, until all but 100,000 events are sealed and it has ended, against a bare script with DuckDB's own copy of the same files to zstd Parquet, as many threads",
  bound: 'at most 1.6',
  rounds: 1,
  async round(scratch) {
    const files = Array.from({ length: FILES }, (_, i) => join(scratch, `${i}.ndjson`));
    const text = `${eventTexts(AT_ONCE).join('\n')}\n`;
    for (const file of files) {
      const descriptor = openSync(file, 'w');
      for (let written = 0; written < EVENTS_A_FILE; written += AT_ONCE) writeSync(descriptor, text);
      closeSync(descriptor);
    }
    let raw = 0;
    for (const file of files) {
      raw += (await runNode([program('raw', 'duckdb-copy.mjs'), file, `${file}.parquet`, THREADS])).ms;
    }
    const store = folderIn(scratch, 'store');
    const { ms } = await runNode([TELEMETRY, 'ingest', '--store', store, ...files], {
      cwd: store,
      env: cleanEnvironment(store),
    });
    const { events, journal } = JSON.parse(await telemetry(store, 'stats', '--format', 'json'));
    if (events !== FILES * EVENTS_A_FILE) throw new Error(`telemetry ingest stored ${events} events`);
    return { ours: ms, raw, ratio: ms / raw, left: journal.events };
  },
  report(rounds) {
    const of = key => median(rounds.map(round => round[key]));
    return {
      figure: of('ratio').toFixed(2),
      isMet: of('ratio') <= 1.6 && of('left') <= 100_000,
      detail: `${(of('ours') / 1000).toFixed(1)} against ${(of('raw') / 1000).toFixed(1)} s; ${of('left')} events left in the journal`,
    };
  },
};
