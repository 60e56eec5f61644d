// The load generator, a process of its own: node load.mjs '{"port":4318,"connections":4,"eventsPerPost":1000,"warmUp":50000,"events":500000}'
// Each connection posts, awaits the reply, checks it, and posts again. Prints what it measured as JSON.
import { setTimeout as sleep } from 'node:timers/promises';
import { quantile } from '../lib/statistics.mjs';
import { openConnection } from './connection.mjs';
import { prebuiltRequests } from './requests.mjs';

const settings = JSON.parse(process.argv[2]);
const requests = prebuiltRequests(settings);
const connections = await Promise.all(
  Array.from({ length: settings.connections }, () => openConnection(settings.port)),
);

await run({ events: settings.warmUp });
const cpuBefore = process.cpuUsage();
const { events, seconds, latencies } = await run(settings);
const { user, system } = process.cpuUsage(cpuBefore);
for (const connection of connections) connection.close();
process.stdout.write(
  JSON.stringify({
    events,
    seconds,
    rate: events / seconds,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    cpuSeconds: (user + system) / 1e6,
  }),
);

/** Posts until so many events are acknowledged, or for so many seconds; at most `perSecond` events a second. */
async function run({ events: enough = Infinity, seconds: limit = Infinity, perSecond = Infinity }) {
  const started = performance.now();
  const deadline = started + limit * 1000;
  const latencies = [];
  let sent = 0;
  let next = 0;
  await Promise.all(
    connections.map(async connection => {
      for (let now = performance.now(); sent < enough && now < deadline;) {
        const { bytes, events, reply: wanted } = requests[next++ % requests.length];
        const waitMs = started + (sent / perSecond) * 1000 - now;
        sent += events;
        if (waitMs > 1) {
          await sleep(waitMs);
          now = performance.now();
        }
        const reply = await connection.post(bytes);
        if (reply.trimEnd() !== wanted) throw new Error(`posted ${events} events, the reply was "${reply}"`);
        const before = now;
        now = performance.now();
        latencies.push(now - before);
      }
    }),
  );
  return { events: sent, seconds: (performance.now() - started) / 1000, latencies };
}
