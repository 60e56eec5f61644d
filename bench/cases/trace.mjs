import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { telemetry } from '../lib/archived-store.mjs';
import { cleanEnvironment, runNode, TELEMETRY } from '../lib/process.mjs';
import { folderIn } from '../lib/scratch.mjs';
import { median } from '../lib/statistics.mjs';

const SPANS = 40_000;
const RUNS = 5;
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const START_MS = Date.UTC(2026, 10, 28, 9);
const SERVICES = ['web', 'api', 'db', 'cache', 'queue'];

/** Two traces of as many spans: one whose spans repeat operations, and one in which each is its own row. */
const TRACES = { repeated: TRACE, distinct: TRACE.replace('4bf9', '5cf9') };

/** The drawing of a large trace against reading its rows, both as whole processes. */
export const trace = {
  name: 'trace',
  what: '`telemetry trace ID` of 40k spans, whole process, against `telemetry query "from spans where trace_id = ..."` as ndjson: the slower of a trace of repeats and one without any',
  bound: 'at most 3',
  rounds: 1,
  async round(scratch) {
    const store = folderIn(scratch, 'store');
    const file = join(scratch, 'spans.ndjson');
    for (const [kind, id] of Object.entries(TRACES)) {
      writeFileSync(file, spans(id, kind === 'distinct').join('\n') + '\n');
      await telemetry(store, 'ingest', file);
    }
    const runs = [];
    for (const [kind, id] of Object.entries(TRACES)) runs.push(await compared(store, kind, id));
    return runs;
  },
  report([runs]) {
    const slowest = Math.max(...runs.map(({ ratio }) => ratio));
    return {
      figure: slowest.toFixed(2),
      isMet: slowest <= 3,
      detail: runs.map(({ kind, ours, raw }) => `${kind} ${ours.toFixed(0)}/${raw.toFixed(0)} ms`).join(', '),
    };
  },
};

/** A tree in which each span has up to eight children. */
function spans(id, isDistinct) {
  return Array.from({ length: SPANS }, (_, i) =>
    JSON.stringify({
      type: 'trace',
      name: isDistinct ? `operation ${i}` : `operation ${i % 20}`,
      'service.name': SERVICES[i % SERVICES.length],
      trace_id: id,
      span_id: (i + 1).toString(16).padStart(16, '0'),
      ...(i > 0 && { parent_span_id: (Math.floor((i - 1) / 8) + 1).toString(16).padStart(16, '0') }),
      kind: 'INTERNAL',
      status: i % 997 === 5 ? 'ERROR' : 'UNSET',
      start_time: new Date(START_MS + i).toISOString(),
      duration_ms: i === 0 ? SPANS + 10 : Math.max(1, SPANS / (i + 1)),
      'http.route': `/items/${i % 20}`,
      'db.query.text': `select * from items where id = ${i}`,
    }),
  );
}

async function compared(store, kind, id) {
  const once = args => runNode([TELEMETRY, ...args, '--store', store], { cwd: store, env: cleanEnvironment(store) });
  const draw = () => once(['trace', id]);
  const read = () => once(['query', `from spans where trace_id = '${id}'`, '--format', 'ndjson']);
  const rows = (await read()).text.split('\n').length - 1;
  if (rows !== SPANS) throw new Error(`the trace has ${rows} spans`);
  if (!(await draw()).text.includes('40,000 spans')) throw new Error('the drawing is not of all spans');
  const times = { ours: [], raw: [] };
  for (let run = 0; run < RUNS; run++) {
    times.raw.push((await read()).ms);
    times.ours.push((await draw()).ms);
  }
  return {
    kind,
    ours: median(times.ours),
    raw: median(times.raw),
    ratio: median(times.ours.map((ms, i) => ms / times.raw[i])),
  };
}
