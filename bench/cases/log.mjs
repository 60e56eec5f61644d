import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventTexts } from '../lib/events.mjs';
import { cleanEnvironment, runNode, stop, TELEMETRY } from '../lib/process.mjs';
import { folderIn } from '../lib/scratch.mjs';
import { startTelemetry } from '../lib/server.mjs';
import { openConnection } from '../load/connection.mjs';
import { requestOf } from '../load/requests.mjs';

const SECONDS = 45;
const TAILS = 5;
const QUERY_EVERY_MS = 5000;
const SAMPLE_MS = 100;
const BATCH_EVENTS = 500;

/** Connections that post, by what each posts and how long it rests after each reply. */
const SENDERS = [
  ...Array.from({ length: 4 }, () => ({ events: BATCH_EVENTS, restMs: 180 })),
  ...Array.from({ length: 8 }, () => ({ events: 1, restMs: 5 })),
];

/** The largest telemetry.db-wal while readers follow the store all the time, one of them a query whose rows nobody reads. */
export const log = {
  name: 'log',
  what: `the largest \`telemetry.db-wal\` in ${SECONDS} s of ingest with ${TAILS} tails that follow, a query every ${QUERY_EVERY_MS / 1000} s, and a query that waits for its reader all the time`,
  bound: 'at most 96 MB',
  rounds: 1,
  async round(scratch) {
    const store = folderIn(scratch, 'store');
    const server = await startTelemetry(store, ['--seal-after', '20s']);
    const run = args =>
      spawn(process.execPath, [TELEMETRY, ...args, '--store', store], {
        stdio: ['ignore', 'pipe', 'inherit'],
        cwd: store,
        env: cleanEnvironment(store),
      });
    const tails = Array.from({ length: TAILS }, () => run(['tail', '-n', '0', '--format', 'ndjson']));
    for (const { stdout } of tails) stdout.resume();
    const waiting = [];
    const deadline = performance.now() + SECONDS * 1000;
    const isOver = () => performance.now() >= deadline;
    let largest = 0;
    let posts = 0;
    const sampling = setInterval(() => {
      largest = Math.max(largest, statSync(join(store, 'telemetry.db-wal'), { throwIfNoEntry: false })?.size ?? 0);
    }, SAMPLE_MS);
    const texts = eventTexts(BATCH_EVENTS);
    const send = async ({ events, restMs }) => {
      const connection = await openConnection(server.port);
      const request = requestOf(server.port, texts.slice(0, events).join('\n') + '\n');
      while (!isOver()) {
        await connection.post(request);
        posts++;
        await sleep(restMs);
      }
      connection.close();
    };
    const ask = async () => {
      for (; !isOver(); await sleep(QUERY_EVERY_MS)) {
        await runNode([TELEMETRY, 'query', 'select type, count(*) from events group by type', '--store', store], {
          cwd: store,
          env: cleanEnvironment(store),
        });
        if (waiting.length === 0) waiting.push(run(['query', 'select * from events']));
      }
    };
    try {
      await Promise.all([...SENDERS.map(send), ask()]);
      return { largest, posts };
    } finally {
      clearInterval(sampling);
      await Promise.all([...tails, ...waiting].map(stop));
      await server.stop();
    }
  },
  report([{ largest, posts }]) {
    const megabytes = largest / 1e6;
    return {
      figure: `${megabytes.toFixed(0)} MB`,
      isMet: megabytes <= 96,
      detail: `${(posts / SECONDS).toFixed(0)} posts/s`,
    };
  },
};
