import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { cleanEnvironment, stop, TELEMETRY } from '../lib/process.mjs';
import { folderIn } from '../lib/scratch.mjs';
import { startTelemetry } from '../lib/server.mjs';
import { median, quantile } from '../lib/statistics.mjs';
import { openConnection } from '../load/connection.mjs';
import { requestOf } from '../load/requests.mjs';

const SAMPLES = 300;
const PAUSE_MS = 15;
const WARM_UP = 30;
const LATE_MS = 10_000;

/** How long after the ack an event's line comes out of `telemetry tail`; 0 when it was there first. */
export const tail = {
  name: 'tail',
  what: 'ack to tail: from the reply to the line on the stdout of `telemetry tail`, median and p99',
  bound: 'at most 5 ms, 25 ms',
  rounds: 3,
  async round(scratch) {
    const store = folderIn(scratch, 'store');
    const server = await startTelemetry(store);
    const follower = spawn(process.execPath, [TELEMETRY, 'tail', '-n', '0', '--format', 'ndjson', '--store', store], {
      stdio: ['ignore', 'pipe', 'inherit'],
      cwd: store,
      env: cleanEnvironment(store),
    });
    const connection = await openConnection(server.port);
    try {
      const seenAt = whenSeen(follower.stdout);
      await untilFollowing(connection, server.port, seenAt);
      const latencies = [];
      for (let i = 0; i < WARM_UP + SAMPLES; i++) {
        await connection.post(marked(server.port, i));
        const acked = performance.now();
        const seen = await seenAt(i);
        if (i >= WARM_UP) latencies.push(Math.max(0, seen - acked));
        await sleep(PAUSE_MS);
      }
      return { p50: median(latencies), p99: quantile(latencies, 0.99) };
    } finally {
      connection.close();
      await stop(follower);
      await server.stop();
    }
  },
  report(rounds) {
    const p50 = median(rounds.map(round => round.p50));
    const p99 = median(rounds.map(round => round.p99));
    return {
      figure: `${p50.toFixed(1)} ms, ${p99.toFixed(1)} ms`,
      isMet: p50 <= 5 && p99 <= 25,
      detail: `${SAMPLES} events, one at a time`,
    };
  },
};

function marked(port, mark) {
  return requestOf(port, JSON.stringify({ type: 'log', level: 'INFO', msg: 'hi mom', mark }) + '\n');
}

/** Gives for a mark the time at which its line came. */
function whenSeen(stdout) {
  const times = new Map();
  const waiting = new Map();
  let text = '';
  stdout.setEncoding('utf8').on('data', chunk => {
    const now = performance.now();
    const lines = (text + chunk).split('\n');
    text = lines.pop();
    for (const line of lines) {
      const mark = Number(/"mark": ?(-?\d+)/.exec(line)?.[1]);
      times.set(mark, now);
      waiting.get(mark)?.(now);
    }
  });
  return mark =>
    times.has(mark)
      ? Promise.resolve(times.get(mark))
      : new Promise((resolve, reject) => {
          const late = setTimeout(() => reject(new Error(`event ${mark} did not reach the tail`)), LATE_MS);
          waiting.set(mark, now => (clearTimeout(late), resolve(now)));
        });
}

/** Posts until the tail, which takes a moment to start, shows one. */
async function untilFollowing(connection, port, seenAt) {
  let isFollowing = false;
  const first = seenAt(-1).then(() => (isFollowing = true));
  while (!isFollowing) {
    await connection.post(marked(port, -1));
    await Promise.race([first, sleep(100)]);
  }
}
