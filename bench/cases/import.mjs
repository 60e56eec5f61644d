import { closeSync, openSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { eventTexts } from '../lib/events.mjs';
import { cleanEnvironment, program, runJson, runNode, TELEMETRY } from '../lib/process.mjs';
import { folderIn } from '../lib/scratch.mjs';
import { startTelemetry } from '../lib/server.mjs';
import { median } from '../lib/statistics.mjs';

/** Some 325 MB. */
const EVENTS = 1_000_000;
const AT_ONCE = 100_000;

/** `telemetry ingest` of a file, without a server, against a loop that decodes and inserts. */
export const importFile = {
  name: 'import',
  what: 'telemetry ingest of a 325 MB NDJSON file into the journal, its start and its end included, against a bare loop of decoder and better-sqlite3',
  bound: 'at least 0.70',
  rounds: 3,
  async round(scratch) {
    const file = join(scratch, 'events.ndjson');
    const descriptor = openSync(file, 'w');
    const text = `${eventTexts(AT_ONCE).join('\n')}\n`;
    for (let written = 0; written < EVENTS; written += AT_ONCE) writeSync(descriptor, text);
    closeSync(descriptor);
    const decoder = join(scratch, 'json-stream.mjs');
    const source = join(dirname(program()), 'src', 'formats', 'json', 'stream.ts');
    await build({ entryPoints: [source], outfile: decoder, bundle: true, format: 'esm', platform: 'node' });
    const database = join(folderIn(scratch, 'raw'), 'raw.db');
    const raw = await runJson(program('raw', 'decode-insert.mjs'), { file, decoder, database });
    const store = folderIn(scratch, 'store');
    // A store that keeps its events in the journal: sealing is measured by import-sealed.
    await (await startTelemetry(store, ['--archive', 'none'])).stop();
    const { text: summary, ms } = await runNode([TELEMETRY, 'ingest', '--store', store, file], {
      cwd: store,
      env: cleanEnvironment(store),
    });
    const { stored } = JSON.parse(summary);
    if (stored !== EVENTS) throw new Error(`telemetry ingest stored ${stored} of ${EVENTS} events`);
    const ours = EVENTS / (ms / 1000);
    return { ours, raw: raw.rate, ratio: ours / raw.rate };
  },
  report(rounds) {
    const ratio = median(rounds.map(round => round.ratio));
    const thousands = key => `${Math.round(median(rounds.map(round => round[key])) / 1000)}k`;
    return {
      figure: ratio.toFixed(2),
      isMet: ratio >= 0.7,
      detail: `${thousands('ours')} against ${thousands('raw')} events/s`,
    };
  },
};
