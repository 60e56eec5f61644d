import { program, runJson } from '../lib/process.mjs';
import { folderIn } from '../lib/scratch.mjs';
import { startTelemetry } from '../lib/server.mjs';
import { median } from '../lib/statistics.mjs';

const RECORDS = 200_000;
const WARM_UP = 50_000;

/** OTLP logs against NDJSON, in the same run, each on a server and a store of its own. */
const otlp = (name, format, what, bound) => ({
  name,
  what: `${what} logs of 1000 records a request on 4 connections, fsynced acks, against NDJSON the same way`,
  bound: `at least ${bound}`,
  rounds: 5,
  async round(scratch) {
    const raw = await loaded(scratch, 'ndjson');
    const ours = await loaded(scratch, format);
    return { ours: ours.rate, raw: raw.rate, ratio: ours.rate / raw.rate, p99: ours.p99 };
  },
  report(rounds) {
    const ratio = median(rounds.map(round => round.ratio));
    const thousands = key => `${Math.round(median(rounds.map(round => round[key])) / 1000)}k`;
    return {
      figure: ratio.toFixed(2),
      isMet: ratio >= bound,
      detail: `${thousands('ours')} against ${thousands('raw')} events/s; ack p99 ${median(rounds.map(round => round.p99)).toFixed(0)} ms`,
    };
  },
});

export const otlpProtobuf = otlp('otlp-protobuf', 'otlp-protobuf', 'OTLP protobuf', 0.5);
export const otlpJson = otlp('otlp-json', 'otlp-json', 'OTLP/JSON', 0.3);

async function loaded(scratch, format) {
  const server = await startTelemetry(folderIn(scratch, format));
  try {
    const load = { port: server.port, connections: 4, eventsPerPost: 1000, warmUp: WARM_UP, events: RECORDS, format };
    return await runJson(program('load', 'load.mjs'), load);
  } finally {
    await server.stop();
  }
}
