import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { commandInProcess } from '../helpers/command-in-process.js';
import { openTestJournal } from '../helpers/journal.js';
import { temporaryDirectory } from './command.js';
import { removeDirectory } from '../helpers/remove-directory.js';

let cwd: string;

beforeEach(() => {
  cwd = temporaryDirectory();
  const journal = openTestJournal(join(cwd, 'store'));
  journal.append([{ level: 'ERROR', n: 1 }, { level: 'INFO', n: 2 }, { n: 3 }], Date.UTC(2026, 10, 28));
  journal.close();
});
afterEach(() => removeDirectory(cwd));

const query = (...args: string[]) => commandInProcess(['query', '--store', join(cwd, 'store'), ...args], { cwd });

test.each(['--where', '--filter'])('%s without SQL gives the events for which it is true', async flag => {
  const { code, out } = await query(flag, "severity = 'ERROR' or n = 3 -- no more");
  expect(code).toBe(0);
  expect(
    out
      .trim()
      .split('\n')
      .map(line => (JSON.parse(line) as { n: number }).n),
  ).toEqual([1, 3]);
});

test('--where beside SQL is refused with the place of the condition', async () => {
  const { code, err } = await query('--where', 'n = 1', 'select n from events');
  expect(code).toBe(2);
  expect(err).toContain('Put the condition into the SQL: ... where n = 1.');
});

test.each(['true) or (true', '(n = 1', `n = 'x`, 'n = 1 /* open', 'n = 1; select 2', ''])(
  'refuses a --where that is not one whole condition: %s',
  async where => {
    const { code, err } = await query('--where', where);

    expect([code, err]).toEqual([4, expect.stringContaining('--where is not one whole condition')]);
  },
);
