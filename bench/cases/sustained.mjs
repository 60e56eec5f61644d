import { childrenOf, residentMegabytes } from '../lib/memory.mjs';
import { program, runJson } from '../lib/process.mjs';
import { folderIn } from '../lib/scratch.mjs';
import { startTelemetry } from '../lib/server.mjs';
import { median } from '../lib/statistics.mjs';

const EVENTS = 10_000_000;
const SAMPLE_MS = 200;

/** More than will come. */
const OFF = ['--seal-events', '1000000000', '--seal-after', '999d'];

/** Ingest while events are sealed, against ingest alone; the memory of the server and its maintenance process. */
export const sustained = {
  name: 'sustained',
  what: 'sustained ingest of 10M events with sealing on, against off; the most resident memory of the server, and of its maintenance process',
  bound: 'at least 0.5; under 500 MB',
  rounds: 1,
  async round(scratch) {
    const off = await ingest(folderIn(scratch, 'off'), OFF);
    const on = await ingest(folderIn(scratch, 'on'), []);
    return { on, off };
  },
  report([{ on, off }]) {
    const ratio = on.rate / off.rate;
    return {
      figure: `${ratio.toFixed(2)}; ${on.server.toFixed(0)} and ${on.maintenance.toFixed(0)} MB`,
      isMet: ratio >= 0.5 && on.server + on.maintenance < 500,
      detail: `${(on.rate / 1000).toFixed(0)}k against ${(off.rate / 1000).toFixed(0)}k events/s; ack p50 ${on.p50.toFixed(0)} against ${off.p50.toFixed(0)} ms`,
    };
  },
};

async function ingest(store, args) {
  const server = await startTelemetry(store, args);
  const samples = [];
  const sampling = setInterval(() => {
    const [maintenance] = childrenOf(server.pid);
    samples.push({
      server: residentMegabytes(server.pid),
      maintenance: maintenance === undefined ? 0 : residentMegabytes(maintenance),
    });
  }, SAMPLE_MS);
  try {
    const load = { port: server.port, connections: 4, eventsPerPost: 1000, warmUp: 100_000, events: EVENTS };
    const { rate, p50 } = await runJson(program('load', 'load.mjs'), load);
    const most = key => Math.max(...samples.map(sample => sample[key]));
    return {
      rate,
      p50,
      server: most('server'),
      maintenance: most('maintenance'),
      usual: median(samples.map(s => s.maintenance)),
    };
  } finally {
    clearInterval(sampling);
    await server.stop();
  }
}
