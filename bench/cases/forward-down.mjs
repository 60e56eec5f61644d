import { telemetry } from '../lib/archived-store.mjs';
import { childrenOf, proportionalMegabytes } from '../lib/memory.mjs';
import { program, runJson } from '../lib/process.mjs';
import { folderIn } from '../lib/scratch.mjs';
import { startTelemetry } from '../lib/server.mjs';
import { median } from '../lib/statistics.mjs';

const EVENTS = 10_000_000;
const SAMPLE_MS = 1000;
const MAX_MEGABYTES = 20;

/** More than will come: the memory of sealing varies by more than a remote may take. */
const NO_SEALING = ['--seal-events', '1000000000', '--seal-after', '999d'];

/** Memory of a server whose remote is down while 10M events come in, against one without a remote. */
export const forwardDown = {
  name: 'forward-down',
  what: 'ingest of 10M events while the only remote is down, against without a remote: the sum of Pss of the server and its processes each second, median',
  bound: `at most ${MAX_MEGABYTES} MB more`,
  rounds: 1,
  async round(scratch) {
    const none = await ingest(folderIn(scratch, 'none'), false);
    const down = await ingest(folderIn(scratch, 'down'), true);
    return { none, down };
  },
  report([{ none, down }]) {
    const more = median(down.samples) - median(none.samples);
    return {
      figure: `${more.toFixed(0)} MB`,
      isMet: more <= MAX_MEGABYTES,
      detail: `${median(down.samples).toFixed(0)} against ${median(none.samples).toFixed(0)} MB; at most ${Math.max(...down.samples).toFixed(0)} against ${Math.max(...none.samples).toFixed(0)} MB, during a try`,
    };
  },
};

async function ingest(store, hasRemote) {
  const server = await startTelemetry(store, NO_SEALING);
  // Nothing listens on port 1.
  if (hasRemote) await telemetry(store, 'remote', 'create', 'far', 'postgres://user@127.0.0.1:1/db');
  const samples = [];
  const sampling = setInterval(() => {
    samples.push([server.pid, ...childrenOf(server.pid)].reduce((sum, pid) => sum + proportionalMegabytes(pid), 0));
  }, SAMPLE_MS);
  try {
    await runJson(program('load', 'load.mjs'), {
      port: server.port,
      connections: 4,
      eventsPerPost: 1000,
      warmUp: 0,
      events: EVENTS,
    });
    return { samples };
  } finally {
    clearInterval(sampling);
    await server.stop();
  }
}
