import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { commandInProcess } from '../helpers/command-in-process.js';
import { openTestJournal } from '../helpers/journal.js';
import { addRemote } from '../helpers/remotes.js';
import { serveInProcess } from '../helpers/server-in-process.js';
import { payloads, readStore, temporaryStore, until } from '../helpers/store.js';

const DAY = 86_400_000;

function addOldEvents(dir: string, count: number): void {
  const journal = openTestJournal(dir);
  journal.append(
    Array.from({ length: count }, (_, n) => ({ n })),
    Date.now() - 10 * DAY,
  );
  journal.close();
}

const messagesIn = (dir: string): string[] =>
  payloads(dir)
    .map(payload => JSON.parse(payload) as { name?: string; message: string })
    .filter(({ name }) => name === 'telemetry.remote.events_lost')
    .map(({ message }) => message);

test('given losses that a command records, then a server stores each as an event once', async () => {
  const dir = temporaryStore();
  addOldEvents(dir, 3);
  addRemote(dir, 'far', 'postgres://127.0.0.1:1/db', { maxLag: { age: DAY * 1000 } });
  const run = async (...args: string[]): Promise<void> =>
    expect(await commandInProcess([...args, '--store', dir], { cwd: dir })).toMatchObject({ code: 0 });
  await run('retention', 'set', '*=2d');
  const first = await serveInProcess({ store: dir });
  await run('retention', 'run');
  await until(() => messagesIn(dir).length > 0, 'the event about the loss');
  await first.end();

  // Without a server.
  addOldEvents(dir, 1);
  await run('retention', 'run');
  expect(readStore(dir, 'select events from remote_losses')).toEqual([{ events: 3 }, { events: 1 }]);
  const second = await serveInProcess({ store: dir });
  await until(() => messagesIn(dir).length > 1, 'the event about the second loss');
  await second.end();
  const third = await serveInProcess({ store: dir });
  await sleep(2500);
  await third.end();

  expect(messagesIn(dir)).toEqual([
    '3 events of ids 1 to 3 were removed before the remote far had them',
    expect.stringMatching(/^event \d+ was removed before the remote far had it$/),
  ]);
});
