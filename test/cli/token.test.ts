import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { commandInProcess } from '../helpers/command-in-process.js';
import { telemetry, temporaryDirectory } from './command.js';
import { removeDirectory } from '../helpers/remove-directory.js';

const TOKEN = /^tel_[0-9a-f]{8}_[\w-]{43}\n$/;

describe('telemetry token', () => {
  let cwd: string;
  beforeEach(() => (cwd = temporaryDirectory()));
  afterEach(() => removeDirectory(cwd));
  const run = (...args: string[]) => commandInProcess(['token', ...args, '--store', join(cwd, 'store')], { cwd });
  const runProcess = (...args: string[]) => telemetry(['token', ...args, '--store', join(cwd, 'store')], { cwd });

  test('prints only the token on stdout, and lists everything but the secret', async () => {
    const created = await runProcess('create', 'ci');
    expect(created).toMatchObject({ code: 0, out: expect.stringMatching(TOKEN) as string });
    expect(created.err).toContain('printed only now');

    const listed = await runProcess('list');
    expect(JSON.parse(listed.out)).toEqual([
      {
        name: 'ci',
        id: created.out.slice(4, 12),
        scopes: ['ingest'],
        created_at: expect.stringMatching(/Z$/) as string,
        revoked_at: null,
      },
    ]);
    expect((await run('list', '--format', 'table')).out).toMatch(/name[^]*ci[^]*\(1 row\)/);
    expect(listed.out).not.toContain(created.out.trim().slice(-30));
  });

  test('given scopes and --format json, then both are in it, the scopes in order', async () => {
    const { out } = await run('create', 'all', '--scope', 'query,ingest', '--format', 'json');

    expect(JSON.parse(out)).toMatchObject({ name: 'all', scopes: ['ingest', 'query'] });
  });

  test('given a name that is taken, then it is refused until that one is revoked', async () => {
    await run('create', 'ci');
    expect(await run('create', 'ci')).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringContaining('already') as string,
    });

    expect(await run('revoke', 'ci')).toMatchObject({ code: 0 });
    expect(await run('create', 'ci')).toMatchObject({ code: 0 });
    expect(JSON.parse((await run('list')).out)).toHaveLength(2);
  });

  test.each([
    [['revoke', 'no-such'], 3],
    [['list'], 3],
    [['create'], 2],
    [['create', 'two words'], 2],
    [['create', 'ci', '--scope', 'all'], 2],
    [['list', 'ci'], 2],
    [['remove', 'ci'], 2],
  ])('given %j and no store, then exit code %i and a reason', async (args, code) => {
    const finished = await run(...args);

    expect(finished).toMatchObject({ code, out: '' });
    expect(finished.err).toMatch(/^telemetry: .+\n.+\n$/);
  });

  test('given the name of no token, then revoke says so', async () => {
    await run('create', 'ci');

    expect(await run('revoke', 'no-such')).toMatchObject({
      code: 1,
      err: expect.stringContaining('no token "no-such" is valid') as string,
    });
  });
});
