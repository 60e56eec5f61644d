import { childrenOf, proportionalMegabytes } from '../lib/memory.mjs';
import { program, runJson } from '../lib/process.mjs';
import { folderIn } from '../lib/scratch.mjs';
import { startTelemetry } from '../lib/server.mjs';

const EVENTS = 10_000_000;
const SAMPLE_MS = 1000;

const MIN_RATIO = 0.5;
const MAX_MEGABYTES = 420;

/** More than will come. */
const OFF = ['--seal-events', '1000000000', '--seal-after', '999d'];

/** Ingest while events are sealed, against ingest alone; the memory of the server and its maintenance process. */
export const sustained = {
  name: 'sustained',
  what: 'sustained ingest of 10M events with sealing on, against off; the most memory of the server and its maintenance process together, as the sum of Pss each second',
  bound: `at least ${MIN_RATIO}; at most ${MAX_MEGABYTES} MB`,
  rounds: 1,
  async round(scratch) {
    const off = await ingest(folderIn(scratch, 'off'), OFF);
    const on = await ingest(folderIn(scratch, 'on'), []);
    return { on, off };
  },
  report([{ on, off }]) {
    const ratio = on.rate / off.rate;
    return {
      figure: `${ratio.toFixed(2)}; ${on.megabytes.toFixed(0)} MB`,
      isMet: ratio >= MIN_RATIO && on.megabytes <= MAX_MEGABYTES,
      detail: `${(on.rate / 1000).toFixed(0)}k against ${(off.rate / 1000).toFixed(0)}k events/s; ack p50 ${on.p50.toFixed(0)} against ${off.p50.toFixed(0)} ms`,
    };
  },
};

async function ingest(store, args) {
  const server = await startTelemetry(store, args);
  const samples = [];
  const sampling = setInterval(() => {
    samples.push([server.pid, ...childrenOf(server.pid)].reduce((sum, pid) => sum + proportionalMegabytes(pid), 0));
  }, SAMPLE_MS);
  try {
    const load = { port: server.port, connections: 4, eventsPerPost: 1000, warmUp: 100_000, events: EVENTS };
    const { rate, p50 } = await runJson(program('load', 'load.mjs'), load);
    return { rate, p50, megabytes: Math.max(...samples) };
  } finally {
    clearInterval(sampling);
    await server.stop();
  }
}
