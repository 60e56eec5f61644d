import { residentMegabytes } from '../lib/memory.mjs';
import { logsProtobuf, logsRequest } from '../lib/otlp.mjs';
import { folderIn } from '../lib/scratch.mjs';
import { startTelemetry } from '../lib/server.mjs';

const SAMPLE_MS = 5;

/** What the server is warm after: it has its buffers and its compiled code. */
const WARM_UP_REQUESTS = 60;
const WARM_UP_RECORDS = 2000;

/** Some 64 MB of each. */
const KINDS = [
  { type: 'application/x-protobuf', records: 260_000, encode: logsProtobuf },
  { type: 'application/json', records: 110_000, encode: request => Buffer.from(JSON.stringify(request)) },
];

/** What one large OTLP request takes in memory. */
export const otlpMemory = {
  name: 'otlp-memory',
  what: 'resident memory that one OTLP request of 64 MB adds to a warm server, protobuf and JSON, in sizes of the request',
  bound: 'at most 3',
  rounds: 1,
  async round(scratch) {
    const figures = [];
    for (const kind of KINDS) figures.push(await growth(folderIn(scratch, 'store'), kind));
    return figures;
  },
  report([figures]) {
    return {
      figure: figures.map(({ ratio }) => ratio.toFixed(2)).join(', '),
      isMet: figures.every(({ ratio }) => ratio <= 3),
      detail: figures.map(({ size, grown }) => `${grown.toFixed(0)} MB for ${size.toFixed(0)} MB`).join(', '),
    };
  },
};

async function growth(store, { type, records, encode }) {
  const server = await startTelemetry(store);
  const url = `http://127.0.0.1:${server.port}/v1/logs`;
  const send = async body => {
    const reply = await fetch(url, { method: 'POST', body, headers: { 'content-type': type } });
    if (reply.status !== 200) throw new Error(`the server replied ${reply.status}: ${await reply.text()}`);
    await reply.arrayBuffer();
  };
  try {
    const small = encode(logsRequest(WARM_UP_RECORDS));
    for (let i = 0; i < WARM_UP_REQUESTS; i++) await send(small);
    const body = encode(logsRequest(records));
    const before = residentMegabytes(server.pid);
    let most = before;
    const sampling = setInterval(() => (most = Math.max(most, residentMegabytes(server.pid))), SAMPLE_MS);
    await send(body).finally(() => clearInterval(sampling));
    const size = body.length / 1e6;
    return { size, grown: most - before, ratio: (most - before) / size };
  } finally {
    await server.stop();
  }
}
