import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { dial } from './acks.js';
import { allPayloads } from './all-events.js';
import { postJson } from './http.js';
import { serve, type TestServer } from './server.js';
import { readStore } from './store.js';

/** Numbers that no two events share, of one sender. */
interface Sent {
  /** Acknowledged: must be there. */
  readonly acked: number[];
  /** Sent and never acknowledged: may be there, once. */
  readonly open: number[];
}

/** How many senders of each kind work at once. */
const SENDERS = 3;

/** A round ends within this at a time of chance: before the first commit, or after some hundred. */
const LONGEST_ROUND_MS = 300;

/** Events a POST. */
const EVENTS_A_POST = 50;

/**
 * Lets HTTP and WebSocket senders work on one store, kills the server with SIGKILL at a random moment, starts it again,
 * and so on. After each round every acknowledged event is there exactly once, no event is there twice, and the file is sound.
 * Returns how many events were acknowledged; until there are any, further rounds are longer and longer.
 */
export async function killRounds(store: string, rounds: number): Promise<number> {
  let next = 0;
  const number = (): number => next++;
  const acked: number[] = [];
  const open = new Set<number>();
  for (let round = 0; round < rounds || acked.length === 0; round++) {
    const server = await serve({ store });
    const senders = Array.from({ length: SENDERS }, () => [posts(server, number), messages(server, number)]).flat();
    await sleep(Math.random() * LONGEST_ROUND_MS * 2 ** Math.max(0, round - rounds + 1));
    await server.end('SIGKILL');
    for (const sent of await Promise.all(senders)) {
      acked.push(...sent.acked);
      for (const n of sent.open) open.add(n);
    }
    await expectExactlyOnce(store, acked, open, round);
  }
  return acked.length;
}

async function expectExactlyOnce(
  store: string,
  acked: readonly number[],
  open: ReadonlySet<number>,
  round: number,
): Promise<void> {
  expect(readStore(store, 'pragma integrity_check'), `round ${round}`).toEqual([{ integrity_check: 'ok' }]);
  const there = (await allPayloads(store)).map(payload => (JSON.parse(payload) as { n: number }).n);
  const once = new Set(there);
  expect(there.length - once.size, `events there twice after round ${round}`).toBe(0);
  expect(
    acked.filter(n => !once.has(n)),
    `acked and lost by round ${round}`,
  ).toEqual([]);
  const known = new Set(acked);
  expect(
    there.filter(n => !known.has(n) && !open.has(n)),
    `never sent, and there in round ${round}`,
  ).toEqual([]);
}

/** Posts until the server is gone. */
async function posts(server: TestServer, number: () => number): Promise<Sent> {
  const acked: number[] = [];
  for (;;) {
    const batch = Array.from({ length: EVENTS_A_POST }, number);
    const reply = await postJson(server.url, batch.map(n => `{"event_id":"${n}","n":${n}}`).join('\n')).catch(gone);
    if (!reply) return { acked, open: batch };
    expect(reply.accepted).toBe(batch.length);
    acked.push(...batch);
  }
}

/** Sends messages until the server is gone. */
async function messages(server: TestServer, number: () => number): Promise<Sent> {
  const sent: number[] = [];
  const sender = await dial(server.url).catch(gone);
  if (!sender) return { acked: [], open: [] };
  while (sender.socket.readyState === sender.socket.OPEN) {
    for (let i = 0; i < 20; i++) {
      const n = number();
      sent.push(n);
      sender.send(`{"n":${n}}`);
    }
    await sleep(1);
  }
  await sender.closed;
  const count = Number(sender.acks.at(-1) ?? 0);
  return { acked: sent.slice(0, count), open: sent.slice(count) };
}

/** The only failures that are the kill's. */
function gone(error: unknown): undefined {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (!['ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes(code)) throw error;
}
