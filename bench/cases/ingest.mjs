import { join } from 'node:path';
import { program, runJson } from '../lib/process.mjs';
import { folderIn } from '../lib/scratch.mjs';
import { startTelemetry } from '../lib/server.mjs';
import { median } from '../lib/statistics.mjs';

/** Some one to two seconds a side, after a warm-up that lets both be compiled. */
const EVENTS = 500_000;
const WARM_UP = 100_000;

/** HTTP ingest against a loop of inserts. */
export const ingest = {
  name: 'ingest',
  what: 'HTTP ingest, fsynced acks, 1000-event NDJSON posts on 4 connections, against a bare better-sqlite3 loop',
  bound: 'at least 0.65',
  rounds: 5,
  async round(scratch) {
    const raw = await runJson(program('raw', 'sqlite-loop.mjs'), {
      file: join(folderIn(scratch, 'raw'), 'raw.db'),
      warmUp: WARM_UP,
      events: EVENTS,
    });
    const server = await startTelemetry(folderIn(scratch, 'store'));
    try {
      const load = { port: server.port, connections: 4, eventsPerPost: 1000, warmUp: WARM_UP, events: EVENTS };
      const ours = await runJson(program('load', 'load.mjs'), load);
      return { ours: ours.rate, raw: raw.rate, ratio: ours.rate / raw.rate, p99: ours.p99 };
    } finally {
      await server.stop();
    }
  },
  report(rounds) {
    const ratio = median(rounds.map(round => round.ratio));
    const thousands = key => `${Math.round(median(rounds.map(round => round[key])) / 1000)}k`;
    return {
      figure: ratio.toFixed(2),
      isMet: ratio >= 0.65,
      detail: `${thousands('ours')} against ${thousands('raw')} events/s; ack p99 ${median(rounds.map(round => round.p99)).toFixed(0)} ms`,
    };
  },
};
