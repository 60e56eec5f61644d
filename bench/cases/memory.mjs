import { setTimeout as sleep } from 'node:timers/promises';
import { residentMegabytes } from '../lib/memory.mjs';
import { program, runJson } from '../lib/process.mjs';
import { folderIn } from '../lib/scratch.mjs';
import { startTelemetry } from '../lib/server.mjs';
import { mean, median } from '../lib/statistics.mjs';

const IDLE_MS = 2000;
/** Long enough for the heap to reach its size in the first quarter. */
const INGEST_SECONDS = 40;
const SAMPLE_MS = 100;

/** What the last quarter of the run may hold over the second: past it, memory grows. */
const FLAT = 1.1;

/** Resident memory, idle and under all the load that 4 connections give. */
export const memory = {
  name: 'memory',
  what: `resident memory over ${INGEST_SECONDS} s of ingest at full speed: the most; the last quarter over the second; idle`,
  bound: `at most 300 MB, ${FLAT}, 100 MB`,
  rounds: 1,
  async round(scratch) {
    const server = await startTelemetry(folderIn(scratch, 'store'));
    try {
      await sleep(IDLE_MS);
      const idle = residentMegabytes(server.pid);
      const samples = [];
      const sampling = setInterval(() => samples.push(residentMegabytes(server.pid)), SAMPLE_MS);
      const load = { port: server.port, connections: 4, eventsPerPost: 1000, warmUp: 1000, seconds: INGEST_SECONDS };
      const { events } = await runJson(program('load', 'load.mjs'), load).finally(() => clearInterval(sampling));
      const quarter = Math.floor(samples.length / 4);
      const growth = mean(samples.slice(3 * quarter)) / mean(samples.slice(quarter, 2 * quarter));
      return { idle, most: Math.max(...samples), growth, events };
    } finally {
      await server.stop();
    }
  },
  report(rounds) {
    const of = key => median(rounds.map(round => round[key]));
    return {
      figure: `${of('most').toFixed(0)} MB, ${of('growth').toFixed(2)}, ${of('idle').toFixed(0)} MB`,
      isMet: of('most') <= 300 && of('growth') <= FLAT && of('idle') <= 100,
      detail: `${(of('events') / 1e6).toFixed(1)}M events`,
    };
  },
};
