import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { chooseArchive } from '../../src/store/archive/seal/choose-format.js';
import { commandInProcess } from '../helpers/command-in-process.js';
import { openTestJournal, type TestJournal } from '../helpers/journal.js';
import { telemetry, temporaryDirectory, type Finished } from './command.js';
import { removeDirectory } from '../helpers/remove-directory.js';

describe('telemetry index', () => {
  let cwd: string;
  let store: string;
  let journal: TestJournal;

  beforeEach(() => {
    cwd = temporaryDirectory();
    store = join(cwd, 'store');
    journal = openTestJournal(store);
    journal.append([
      { type: 'log', user: 'ann', level: 'INFO' },
      { type: 'log', user: 'bob', level: 'ERROR' },
    ]);
  });
  afterEach(() => {
    journal.close();
    removeDirectory(cwd);
  });

  const run = (command: string, ...args: string[]): Promise<Finished> =>
    commandInProcess([command, '--store', store, ...args], { cwd });
  const runProcess = (command: string, ...args: string[]): Promise<Finished> =>
    telemetry([command, '--store', store, ...args], { cwd });
  const keepAll = (): void => chooseArchive(store, { kind: 'none', compression: undefined }, () => undefined);

  test('makes, uses, lists and drops indexes in a store without an archive', async () => {
    keepAll();
    const made = await runProcess('index', 'add', 'user', 'level', '--where', `type = 'log'`);
    const asked = await runProcess('query', '--explain', `select * from events where type = 'log' and "user" = 'bob'`);
    const listed = await runProcess('index', 'list');
    const dropped = await runProcess('index', 'drop', 'user', 'level');

    expect(made.code).toBe(0);
    expect(JSON.parse(made.out)).toEqual([
      { attribute: 'user', where: `type = 'log'`, added: true },
      { attribute: 'level', where: `type = 'log'`, added: true },
    ]);
    expect(JSON.parse(asked.out)).toMatchObject({
      journal: { rowsRead: 1, rowsSkipped: 1, indexes: [`user where type = 'log'`] },
      rows: 1,
    });
    expect(JSON.parse(listed.out)).toEqual([
      { attribute: 'user', where: `type = 'log'` },
      { attribute: 'level', where: `type = 'log'` },
    ]);
    expect(JSON.parse(dropped.out)).toEqual([
      { attribute: 'user', dropped: 1 },
      { attribute: 'level', dropped: 1 },
    ]);
    expect((await runProcess('index', 'list')).out).toBe('[]\n');
  });

  test('reports each change in words, up to the failure', async () => {
    keepAll();
    const made = await runProcess('index', 'add', 'user', '--format', 'table');
    const again = await run('index', 'add', 'user', '--format', 'table');
    const dropped = await run('index', 'drop', 'user', 'level', '--format', 'table');

    expect(made.out).toBe('added an index on user\n');
    expect(again.out).toBe('an index on user already exists\n');
    expect(dropped).toMatchObject({ code: 2, out: 'dropped the index on user\n' });
    expect(dropped.err).toContain('there is no index on level');
  });

  test('makes no index in a store with sealed events, and tells the remedy', async () => {
    const { code, err } = await run('index', 'add', 'user');

    expect(code).toBe(2);
    expect(err).toContain('is parquet');
    expect(err).toContain('telemetry archive convert --to none');
  });

  test.each([
    [['add'], 'needs an attribute'],
    [['list', 'user'], 'takes no attribute'],
    [['drop', 'user', '--where', 'true'], '--where is for'],
    [['drop', 'user'], 'there is no index on user'],
    [['add', 'nothing'], 'no event has the attribute nothing'],
    [['add', 'type'], 'Index a key of the payload'],
    [['add', 'user', '--where', 'level ='], '--where'],
  ])('given %j, then it is told what is wrong', async (args, message) => {
    keepAll();
    const { code, out, err } = await run('index', ...args);

    expect(code).toBeGreaterThan(0);
    expect(out).toBe('');
    expect(err).toContain(message);
  });
});
