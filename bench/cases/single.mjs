import { BASE_COMMIT, baseBuild } from '../lib/base-build.mjs';
import { program, runJson } from '../lib/process.mjs';
import { folderIn } from '../lib/scratch.mjs';
import { startHttpCounter, startTelemetry } from '../lib/server.mjs';
import { median } from '../lib/statistics.mjs';

const EVENTS = 40_000;
const WARM_UP = 10_000;

const MIN_RATIO = 0.38;
const MIN_AGAINST_BASE = 1.4;

/** One event a post against a server that stores nothing, and against the build that the bound is set from. */
export const single = {
  name: 'single',
  what: 'single-event posts on 64 connections, fsynced acks, against a bare node:http server that reads and counts',
  bound: `at least ${MIN_RATIO}; against ${BASE_COMMIT} at least ${MIN_AGAINST_BASE}, p99 no worse`,
  rounds: 5,
  async round(scratch) {
    const base = baseBuild();
    const raw = await loaded(await startHttpCounter());
    const ours = await loaded(await startTelemetry(folderIn(scratch, 'store')));
    const before = base && (await loaded(await startTelemetry(folderIn(scratch, 'base'), [], base)));
    return { raw, ours, before };
  },
  report(rounds) {
    const middle = of => median(rounds.map(of));
    const ratio = middle(({ ours, raw }) => ours.rate / raw.rate);
    const thousands = whose => `${(middle(round => round[whose].rate) / 1000).toFixed(1)}k`;
    const p99 = whose => middle(round => round[whose].p99);
    const hasBase = rounds.every(({ before }) => before);
    const gain = hasBase ? middle(({ ours, before }) => ours.rate / before.rate) : undefined;
    return {
      figure: [ratio, gain]
        .filter(figure => figure !== undefined)
        .map(figure => figure.toFixed(2))
        .join('; '),
      isMet: ratio >= MIN_RATIO && (!hasBase || (gain >= MIN_AGAINST_BASE && p99('ours') <= p99('before'))),
      detail:
        `${thousands('ours')} against ${thousands('raw')} posts/s; ack p99 ${p99('ours').toFixed(0)} ms` +
        (hasBase ? `; ${BASE_COMMIT}: ${thousands('before')} posts/s, p99 ${p99('before').toFixed(0)} ms` : ''),
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
