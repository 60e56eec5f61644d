import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { commandInProcess } from './command-in-process.js';
import { allPayloads } from './all-events.js';
import { post } from './http.js';
import { freePort } from './programs.js';
import { serve, type TestServer } from './server.js';
import { until } from './store.js';

/** Batches are small, so that kills fall between and into them. */
const BATCH = '40';

/** The stores of a sender and a receiver. */
export interface TwoStores {
  readonly from: string;
  readonly to: string;
}

/**
 * Kills one of two servers at a random moment, again and again, while the first receives numbered events and forwards them
 * to the second. At last the second has every event of the first once.
 */
export async function killForwarding({ from, to }: TwoStores, rounds: number): Promise<void> {
  const args = ['--port', String(await freePort())];
  let receiver = await serve({ store: to, args });
  let sender = await serve({ store: from });
  const url = receiver.url.replace('http:', 'telemetry:');
  const create = ['remote', 'create', 'far', url, '--batch', BATCH, '--store', from];
  expect(await commandInProcess(create, { cwd: from })).toMatchObject({ code: 0 });
  let n = 0;
  for (let round = 0; round < rounds; round++) {
    const until = performance.now() + 200 + Math.random() * 1200;
    while (performance.now() < until) {
      const lines = Array.from({ length: 1 + Math.floor(Math.random() * 60) }, () => `{"n":${n++},"round":${round}}`);
      await post(sender.url, lines.join('\n'));
      await sleep(Math.random() * 20);
    }
    if (Math.random() < 0.5) {
      await receiver.end('SIGKILL');
      await sleep(Math.random() * 500);
      receiver = await serve({ store: to, args });
    } else {
      await sender.end('SIGKILL');
      sender = await serve({ store: from });
    }
    await expectPrefix({ from, to });
  }
  await settle(sender, { from, to });
  expect(await allPayloads(to)).toEqual(await allPayloads(from));
  await sender.end();
  await receiver.end();
}

/** What has arrived is the first events of the sender, in order, each once. */
async function expectPrefix({ from, to }: TwoStores): Promise<void> {
  const arrived = await allPayloads(to);
  expect(arrived).toEqual((await allPayloads(from)).slice(0, arrived.length));
}

/** A sender that failed often waits up to a minute: a new remote state would hide what is tested. */
async function settle(sender: TestServer, { from, to }: TwoStores): Promise<void> {
  const events = (await allPayloads(from)).length;
  await until(async () => (await allPayloads(to)).length >= events, `forwarding to the end: ${sender.said()}`);
}
