import { closeSync, cpSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { telemetry, timed } from '../lib/archived-store.mjs';
import { eventTexts } from '../lib/events.mjs';
import { cleanEnvironment, runNode, TELEMETRY } from '../lib/process.mjs';
import { folderIn } from '../lib/scratch.mjs';
import { median } from '../lib/statistics.mjs';

const EVENTS = 3_000_000;
const AT_ONCE = 100_000;

/** How often each store is asked, in turn. */
const RUNS = 5;

const MAX_RATIO = 1.3;

const SQL = 'select type, count(*), max("time") from events group by type order by type';

/** The query that follows a large import, against the same store once it is sealed and compacted. */
export const importQuery = {
  name: 'import-query',
  what: 'the first query after telemetry ingest of an NDJSON file of 3M events, without a server, whole process, against the same query after telemetry seal and compact',
  bound: `at most ${MAX_RATIO}`,
  rounds: 1,
  async round(scratch) {
    const file = join(scratch, 'events.ndjson');
    const descriptor = openSync(file, 'w');
    const text = `${eventTexts(AT_ONCE).join('\n')}\n`;
    for (let written = 0; written < EVENTS; written += AT_ONCE) writeSync(descriptor, text);
    closeSync(descriptor);
    const store = join(folderIn(scratch, 'store'), 'store');
    await runNode([TELEMETRY, 'ingest', '--store', store, file], { cwd: scratch, env: cleanEnvironment(store) });
    const compacted = join(folderIn(scratch, 'compacted'), 'store');
    cpSync(store, compacted, { recursive: true });
    await telemetry(compacted, 'seal');
    await telemetry(compacted, 'compact');
    const times = { ours: [], raw: [] };
    for (let run = 0; run < RUNS; run++) {
      const [ours, raw] = [await timed(store, 'query', SQL), await timed(compacted, 'query', SQL)];
      if (ours.text !== raw.text) throw new Error('the two stores give different answers');
      times.ours.push(ours.ms);
      times.raw.push(raw.ms);
    }
    const [ours, raw] = [median(times.ours), median(times.raw)];
    return { ours, raw, ratio: ours / raw };
  },
  report(rounds) {
    const of = key => median(rounds.map(round => round[key]));
    return {
      figure: of('ratio').toFixed(2),
      isMet: of('ratio') <= MAX_RATIO,
      detail: `${of('ours').toFixed(0)} against ${of('raw').toFixed(0)} ms`,
    };
  },
};
