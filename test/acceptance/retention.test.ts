import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { seal } from '../helpers/archive.js';
import { commandInProcess } from '../helpers/command-in-process.js';
import { openTestJournal } from '../helpers/journal.js';
import { serve } from '../helpers/server.js';
import { temporaryStore, until } from '../helpers/store.js';

const DAY = 86_400_000;

test('removes expired events, logs one line, counts them and keeps new events', async () => {
  const cwd = temporaryStore();
  const store = join(cwd, 'store');
  const journal = openTestJournal(store);
  journal.append(
    Array.from({ length: 50 }, (_, n) => ({ type: 'log', n })),
    Date.now() - 20 * DAY,
  );
  await seal(store);
  journal.append([{ type: 'log', n: 50 }], Date.now() - 19 * DAY);
  journal.close();
  const inProcess = (...args: string[]) => commandInProcess([...args, '--store', store], { cwd });

  const set = await inProcess('retention', 'set', 'log=14d,*=90d', '--format', 'table');
  expect(set).toMatchObject({
    code: 0,
    out: 'log: 14d\nall other types: 90d\nages count from when the event was received\n',
  });
  expect(JSON.parse((await inProcess('retention', 'run', '--dry-run')).out)).toMatchObject({
    dry_run: true,
    plan: { removed: { events: 51 } },
    done: null,
  });

  const server = await serve({ store, args: ['--retention-every', '1s', '--seal-after', '100ms'] });
  const stop = new AbortController();
  let sent = 0;
  const sender = (async () => {
    while (!stop.signal.aborted) {
      const reply = await fetch(server.url, { method: 'POST', body: '{"type":"log"}\n'.repeat(500) });
      expect(await reply.text()).toBe('500\n');
      sent += 500;
      await sleep(20);
    }
  })();
  try {
    await Promise.race([sender, until(() => server.said().includes('retention removed'), 'the removal')]);
  } finally {
    stop.abort();
    await sender;
  }
  expect(server.said()).toMatch(/telemetry: retention removed 51 events \(51 of log\); the disk got back /);
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  expect(metrics).toContain('telemetry_retention_removed_events_total 51');
  expect(await server.end()).toBe(0);
  const { out } = await inProcess('query', 'select count(*)::int as n, min(id)::int as first from events');
  expect(JSON.parse(out)).toEqual({ n: sent, first: 52 });
});

test.each<[string[], RegExp]>([
  [['set'], /needs ages or --max-size/],
  [['set', 'log'], /"log" is not TYPE=AGE/],
  [['set', 'log=soon'], /not a duration/],
  [['set', '--max-size', 'much'], /not a size/],
  [['show', 'log=3d'], /takes no ages/],
  [['run', '--max-size', '3GB'], /are for `telemetry retention set`/],
  [['show', '--dry-run'], /--dry-run is for/],
])('given `telemetry retention %j`, then exit 2 and it is said what is wrong', async (args, message) => {
  const cwd = temporaryStore();
  const { code, err } = await commandInProcess(['retention', ...args, '--store', join(cwd, 'store')], { cwd });
  expect(code).toBe(2);
  expect(err).toMatch(message);
  expect(readdirSync(cwd)).toEqual([]);
});

test('given no policy, then nothing is removed, and it says that all is kept', async () => {
  const cwd = temporaryStore();
  const store = join(cwd, 'store');
  const command = (...args: string[]) => commandInProcess(['retention', ...args, '--store', store], { cwd });
  expect((await command('show')).code).toBe(3);
  const journal = openTestJournal(store);
  journal.append([{ type: 'log' }], 0);
  journal.close();
  expect((await command('run', '--format', 'table')).out).toBe('no retention policy: all events are kept\n');
  await command('set', 'log=3d');
  await command('set', '--max-size', '10GB');
  expect(JSON.parse((await command()).out)).toEqual({ ages: 'log=3d', by: 'received', max_size: 10_000_000_000 });
  await command('set', '--max-size', '10GB', '--replace');
  expect(JSON.parse((await command('show')).out)).toEqual({ ages: '', by: 'received', max_size: 10_000_000_000 });
  expect((await command('clear')).out).toBe('null\n');
});
