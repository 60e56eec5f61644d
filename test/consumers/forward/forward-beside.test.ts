import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { forwardAll } from '../../../src/consumers/forward/forward-all.js';
import { RemoteLedger } from '../../../src/store/catalog/remotes.js';
import { openForWriting } from '../../../src/store/database/store.js';
import { lockRemote } from '../../../src/store/locks/remote-lock.js';
import { openTestJournal, type TestJournal } from '../../helpers/journal.js';
import { addRemote, forwardTo } from '../../helpers/remotes.js';
import { readStore, temporaryStore, until } from '../../helpers/store.js';

function storeWithRemote(): { dir: string; journal: TestJournal } {
  const dir = temporaryStore();
  const journal = openTestJournal(dir);
  onTestFinished(() => journal.close());
  journal.append([{ msg: 'one' }], Date.now());
  addRemote(dir, 'far', `file://${join(temporaryStore(), 'objects')}`);
  return { dir, journal };
}

test('given an old error while another process sends, then it is waited for', async () => {
  const { dir } = storeWithRemote();
  const db = openForWriting(dir);
  onTestFinished(() => void db.close());
  const past = (Date.now() - 60_000) * 1000;
  new RemoteLedger(db).failed('far', 'the old error', past, past);
  const unlock = lockRemote(dir, 'far')!;
  setTimeout(unlock, 700);
  await expect(forwardTo(dir, 'far')).resolves.toMatchObject({ events: 1, waiting: 0 });
});

test('given a process that waits for a larger batch, then a run by hand makes it send at once', async () => {
  const { dir } = storeWithRemote();
  const aborter = new AbortController();
  const observer = { sent: () => undefined, changed: () => undefined };
  const forwarding = forwardAll({ dir, observer, now: () => Date.now() * 1000 }, aborter.signal);
  await until(() => {
    const unlock = lockRemote(dir, 'far');
    unlock?.();
    return unlock === undefined;
  });
  await sleep(1000);
  expect(readStore(dir, 'select cursor_id from remotes')).toEqual([{ cursor_id: 0 }]);
  const started = performance.now();
  await expect(forwardTo(dir, 'far')).resolves.toMatchObject({ waiting: 0 });
  // It waits for a minute by itself.
  expect(performance.now() - started).toBeLessThan(30_000);
  await until(() => !existsSync(join(dir, 'remotes', 'far', 'flush')));
  aborter.abort();
  await forwarding;
});

test('given a remote that waits over many commits, then no listeners pile up', async () => {
  const { dir, journal } = storeWithRemote();
  const warnings: string[] = [];
  const note = (warning: Error): void => void warnings.push(warning.name);
  process.on('warning', note);
  onTestFinished(() => void process.removeListener('warning', note));
  const aborter = new AbortController();
  const observer = { sent: () => undefined, changed: () => undefined };
  const forwarding = forwardAll({ dir, observer, now: () => Date.now() * 1000 }, aborter.signal);
  for (let n = 0; n < 60; n++) {
    await sleep(70);
    journal.append([{ msg: `more ${n}` }], Date.now());
  }
  aborter.abort();
  await forwarding;
  expect(warnings).not.toContain('MaxListenersExceededWarning');
});
