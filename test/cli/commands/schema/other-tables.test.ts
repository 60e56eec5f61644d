import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commandInProcess } from '../../../helpers/command-in-process.js';
import { openTestJournal } from '../../../helpers/journal.js';
import { temporaryStore } from '../../../helpers/store.js';

test('names the views, cubes and alert rules below the columns, within the width', async () => {
  const cwd = temporaryStore();
  const store = join(cwd, 'store');
  const run = (...args: string[]) => commandInProcess(['--store', store, ...args], { cwd });
  const journal = openTestJournal(store);
  journal.append([{ n: 1 }]);
  journal.close();
  await run('view', 'create', 'spenders', '--sql', 'select * from events where n > 1');
  await run(
    ...['cube', 'create', 'hourly', '--bucket', 'hour'],
    ...['--sql', 'select time_bucket(interval 1 hour, time) as hour, count(*) as events from events group by 1'],
  );
  await run('alert', 'create', 'many', '--event', 'true');

  const all = await run('schema', '--format', 'table');
  const others = [await run('schema', 'events', '--format', 'table'), await run('schema', '--format', 'json')];

  const names = all.out.slice(all.out.indexOf('built-in views: logs, spans, metrics, gen_ai, sessions,'));
  expect(names).toContain('\nstored views: spenders\ncubes: hourly\nalert rules: many\n');
  expect(Math.max(...names.split('\n').map(line => line.length))).toBeLessThanOrEqual(80);
  expect(others.map(({ out }) => out.includes('built-in views'))).toEqual([false, false]);
});
