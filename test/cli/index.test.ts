import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { chooseArchive } from '../../src/archive/choose.js';
import { openTestJournal, type TestJournal } from '../helpers/journal.js';
import { telemetry, temporaryDirectory, type Finished } from './command.js';

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
    rmSync(cwd, { recursive: true });
  });

  const run = (command: string, ...args: string[]): Promise<Finished> =>
    telemetry([command, '--store', store, ...args], { cwd });
  const keepAll = (): void => chooseArchive(store, { kind: 'none', compression: undefined }, () => undefined);

  test('given a store without an archive, then indexes are made, used, listed and dropped', async () => {
    keepAll();
    const made = await run('index', 'add', 'user', 'level', '--where', `type = 'log'`);
    const asked = await run('query', '--explain', `select * from events where type = 'log' and "user" = 'bob'`);
    const listed = await run('index', 'list');
    const dropped = await run('index', 'drop', 'user', 'level');

    expect(made).toMatchObject({
      code: 0,
      out: `added an index on user where type = 'log'\nadded an index on level where type = 'log'\n`,
    });
    expect(JSON.parse(asked.out)).toMatchObject({
      journal: { rowsRead: 1, rowsSkipped: 1, indexes: [`user where type = 'log'`] },
      rows: 1,
    });
    expect(JSON.parse(listed.out)).toEqual([
      { attribute: 'user', where: `type = 'log'` },
      { attribute: 'level', where: `type = 'log'` },
    ]);
    expect(dropped.out).toBe('dropped the index on user\ndropped the index on level\n');
    expect((await run('index', 'list')).out).toBe('[]\n');
  });

  test('given a store whose events are sealed, then no index is made, and the way out is told', async () => {
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
