import { program, runJson } from '../lib/process.mjs';
import { folderIn } from '../lib/scratch.mjs';
import { startHttpCounter, startTelemetry } from '../lib/server.mjs';
import { median } from '../lib/statistics.mjs';

const EVENTS = 40_000;
const WARM_UP = 10_000;

/** One event a post against a server that stores nothing. */
export const single = {
  name: 'single',
  what: 'single-event posts on 64 connections, fsynced acks, against a bare node:http server that reads and counts',
  bound: 'at least 0.38',
  rounds: 5,
  async round(scratch) {
    const raw = await loaded(await startHttpCounter());
    const ours = await loaded(await startTelemetry(folderIn(scratch, 'store')));
    return { ours: ours.rate, raw: raw.rate, ratio: ours.rate / raw.rate, p99: ours.p99 };
  },
  report(rounds) {
    const ratio = median(rounds.map(round => round.ratio));
    const thousands = key => `${(median(rounds.map(round => round[key])) / 1000).toFixed(1)}k`;
    return {
      figure: ratio.toFixed(2),
      isMet: ratio >= 0.38,
      detail: `${thousands('ours')} against ${thousands('raw')} posts/s; ack p99 ${median(rounds.map(round => round.p99)).toFixed(0)} ms`,
    };
  },
};

async function loaded(server) {
  try {
    const load = { port: server.port, connections: 64, eventsPerPost: 1, warmUp: WARM_UP, events: EVENTS };
    return await runJson(program('load', 'load.mjs'), load);
  } finally {
    await server.stop();
  }
}
