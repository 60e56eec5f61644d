import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { commandInProcess } from './command-in-process.js';
import { postJson } from './http.js';
import { serve, type TestServer } from './server.js';
import { readStore } from './store.js';

/** Seals all the time. */
const BUSY = ['--seal-events', '500', '--seal-after', '1s'];

const EVENTS_A_POST = 100;
const POST_EVERY_MS = 10;

/** The maintenance process lives for up to this, in milliseconds: it is killed while it starts, seals, merges, deletes rows or waits. */
const LONGEST_LIFE_MS = 1500;

/** Longer than a server waits to start the process again after some ends in a row. */
const RESTART_MS = 90_000;

/**
 * Posts events to a server without a pause and kills its maintenance process, and nothing else, with SIGKILL at random
 * moments. After each, a query sees every acknowledged event once and no event twice; in the end a new process goes on
 * where they left off. Returns the number of acknowledged events.
 */
export async function maintenanceKillRounds(store: string, rounds: number): Promise<number> {
  const server = await serve({ store, args: BUSY });
  let acked = 0;
  const over = new AbortController();
  const sending = (async () => {
    for (; !over.signal.aborted; acked += EVENTS_A_POST) {
      const numbers = Array.from({ length: EVENTS_A_POST }, (_, i) => acked + i);
      const body = numbers.map(n => JSON.stringify({ event_id: `e${n}`, type: TYPES[n % TYPES.length], n })).join('\n');
      expect(await postJson(server.url, body)).toMatchObject({ accepted: EVENTS_A_POST });
      await sleep(POST_EVERY_MS);
    }
  })();
  try {
    for (let round = 0, killed = 0; round < rounds; round++) {
      killed = await newMaintenance(server, killed);
      await sleep(Math.random() * LONGEST_LIFE_MS);
      process.kill(killed, 'SIGKILL');
      await expectOnce(store, acked, `round ${round}`);
      if (round < rounds - 1) continue;
      const sealed = sealedId(store);
      await newMaintenance(server, killed);
      await waitFor(() => sealedId(store) > sealed, 'the new process to seal');
    }
  } finally {
    over.abort();
    await sending;
  }
  expect(await server.end()).toBe(0);
  await expectOnce(store, acked, 'the end');
  expect((await commandInProcess(['verify', '--deep', '--store', store], { cwd: store })).err).toBe('');
  return acked;
}

/** Some are common and some rare, so that segments of one type and mixed ones are written. */
const TYPES = ['log', 'log', 'log', 'metric', 'trace'];

async function expectOnce(store: string, acked: number, when: string): Promise<void> {
  const sql = `select count(*) filter (n < ${acked}) as acked, count(*) - count(distinct event_id) as doubled from events`;
  const { code, out, err } = await commandInProcess(['query', sql, '--store', store], { cwd: store });
  expect([code, out, err], when).toEqual([0, `{"acked":${acked},"doubled":0}\n`, '']);
}

function sealedId(store: string): number {
  return readStore<{ last_id: number }>(store, 'select last_id from sealed')[0]!.last_id;
}

/** The process id of maintenance, other than that of the killed process. */
async function newMaintenance(server: TestServer, killed: number): Promise<number> {
  let started: number | undefined;
  await waitFor(() => {
    started = maintenanceOf(server.pid).find(pid => pid !== killed);
    return started !== undefined;
  }, 'a maintenance process');
  return started!;
}

function maintenanceOf(parent: number): number[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid=,args='], { encoding: 'utf8' })
    .split('\n')
    .map(line => line.trim().split(/\s+/))
    .filter(([, ppid, ...command]) => Number(ppid) === parent && command.join(' ').includes('maintenance/process'))
    .map(([pid]) => Number(pid));
}

async function waitFor(isSo: () => boolean, what: string): Promise<void> {
  const start = Date.now();
  while (!isSo()) {
    await sleep(50);
    if (Date.now() - start > RESTART_MS) throw new Error(`waited for ${what} in vain`);
  }
}
