import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { forwardCommand, killForwarderAt, killForwarders, startForwarder } from '../../../../helpers/forwarder.js';
import { httpReceiver } from '../../../../helpers/http-receiver.js';
import { openTestJournal } from '../../../../helpers/journal.js';
import { freePort } from '../../../../helpers/programs.js';
import { addRemote } from '../../../../helpers/remotes.js';
import { endServers, serve } from '../../../../helpers/server.js';
import { payloads, readStore, temporaryStore, until } from '../../../../helpers/store.js';

afterAll(endServers);

const EVENTS = 1000;

const lines = Array.from(
  { length: EVENTS },
  (_, n) =>
    `{"event_id":"id-${n}","event_time":"2026-11-29T12:00:00.000Z","event_type":"behavioral","event_name":"click"}`,
);

function filledStore(port: number, batch: number): string {
  const dir = temporaryStore();
  const journal = openTestJournal(dir);
  journal.appendText(lines);
  journal.close();
  addRemote(dir, 'far', `intake+http://127.0.0.1:${port}/v1/telemetry/events`, { batch });
  return dir;
}

/** An intake that keeps what it is sent, repeats included. */
async function intake(): Promise<{ readonly port: number; readonly taken: () => string[] }> {
  const { received, port } = await httpReceiver((_, response) => response.end());
  return { port, taken: () => received.flatMap(({ body }) => body.trimEnd().split('\n')) };
}

function expectAll(taken: readonly string[], repeats: number): void {
  expect(new Set(taken)).toEqual(new Set(lines));
  expect(taken.length).toBeLessThanOrEqual(EVENTS + repeats);
}

describe('a forwarder to an intake that is killed', () => {
  test.each(['forward:begun', 'forward:posted', 'forward:sent'])(
    'at %s loses nothing and repeats at most a batch',
    async fault => {
      const { port, taken } = await intake();
      const dir = filledStore(port, 300);
      await killForwarderAt(fault, dir, 'far', 2);

      expectAll(taken(), 2 * 300);
      expect(readStore(dir, 'select cursor_id from remotes')).toEqual([{ cursor_id: EVENTS }]);
    },
  );

  test('at random moments loses nothing', async () => {
    const { port, taken } = await intake();
    const dir = filledStore(port, 60);
    await killForwarders(dir, 'far', 3);

    expectAll(taken(), 3 * 60);
  });
});

test('an intake that is killed has each event once in the end', async () => {
  const port = await freePort();
  const start = (store: string) => serve({ store, args: ['--port', String(port)] });
  let to = await start(temporaryStore());
  const dir = filledStore(port, 60);
  const forwarder = startForwarder(dir, 'far');
  for (const events of [100, 500]) {
    await until(() => payloads(to.store).length >= events);
    await to.end('SIGKILL');
    await sleep(Math.random() * 200);
    to = await start(to.store);
  }
  await forwarder.kill();
  expect(await forwardCommand(dir, 'far')).toMatchObject({ code: 0 });

  expect(payloads(to.store).sort()).toEqual([...lines].sort());
});
