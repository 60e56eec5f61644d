import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commandInProcess } from '../../../helpers/command-in-process.js';
import { PseudoTerminal } from '../../../helpers/pseudo-terminal.js';
import { createFixture } from '../../../query/fixture.js';
import { cleanEnv, TELEMETRY, type Finished } from '../../command.js';

function storeAt(): { dir: string; remote: (...args: string[]) => Promise<Finished> } {
  const { dir } = createFixture({ msg: 'hi' });
  return { dir, remote: (...args) => commandInProcess(['remote', ...args, '--store', dir], { cwd: dir }) };
}

describe('telemetry remote', () => {
  test.each([
    ['postgres://me@db.example/telemetry?password=hidden', 'would be stored in plain text'],
    ['postgres://me:s@db.example/telemetry?sslpassword=hidden', 'would be stored in plain text'],
    ['telemetry://hub.example?token=hidden', 'would be stored in plain text'],
    ['postgres://me:100%hidden@db.example/telemetry', 'not part of an escape'],
    ['postgres://me%hidden@db.example/telemetry', 'not part of an escape'],
    ['file:hidden', 'no absolute path'],
  ])('refuses the URL %s without repeating it', async (url, problem) => {
    const { remote } = storeAt();
    const { code, err } = await remote('create', 'far', url);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(problem) as string });
    expect(err).not.toContain('hidden');
  });

  test.each(['bad name=hidden', 'name=hid\nden', 'authorization: hidden'])(
    'refuses the header %j without its value',
    async header => {
      const { remote } = storeAt();
      const { code, err } = await remote('create', 'far', 'telemetry://hub.example', '--header', header);
      expect(code).toBe(2);
      expect(err).not.toMatch(/hid/);
    },
  );

  test('list shows the whole URL on a narrow terminal', async () => {
    const { dir, remote } = storeAt();
    const url = 'postgres://telemetry_writer@metrics-database.eu-central-1.example:5432/telemetry';
    await remote('create', 'far', url);
    const args = [process.execPath, TELEMETRY, 'remote', 'list', '--store', dir];
    const terminal = new PseudoTerminal(args, { cwd: dir, env: cleanEnv(dir), columns: 80 });
    expect(await terminal.exitCode()).toBe(0);
    const lines = terminal.text.split('\n');
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
    const cells = lines.filter(line => line.startsWith('│')).map(line => line.split('│').at(-2)!.trim());
    expect(cells.slice(1).join('')).toBe(url);
  });

  test('given a remote that answers no SQL, then query names the protocols that do', async () => {
    const { dir, remote } = storeAt();
    await remote('create', 'far', 'telemetry://127.0.0.1:1');
    const args = ['query', '--remote', 'far', 'select 1', '--store', dir];
    const { code, err } = await commandInProcess(args, { cwd: dir });
    expect(code).toBe(2);
    expect(err).toMatch(/far answers no SQL.*postgres, postgresql, clickhouse, https\+clickhouse, s3, file/s);
  });

  test('given a store that lacks a password, then it says so and does not send ***', async () => {
    const { dir, remote } = storeAt();
    await remote('create', 'far', 'telemetry://:token@127.0.0.1:1');
    writeFileSync(join(dir, 'credentials.json'), '{}');
    expect(await remote('test', 'far')).toMatchObject({
      code: 1,
      err: expect.stringContaining('the password of the remote far is not stored here') as string,
    });
  });

  test.each(['null', '[]', '{"far":5}', '{"far":{"password":7}}', '{"far":{"headers":"x"}}', '{broken'])(
    'given %s as credentials, then it names the file and removes nothing',
    async content => {
      const { dir, remote } = storeAt();
      await remote('create', 'far', 'telemetry://:token@127.0.0.1:1');
      writeFileSync(join(dir, 'credentials.json'), content);
      for (const action of ['test', 'rm']) {
        const { code, err } = await remote(action, 'far');
        expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('cannot read the secrets') as string });
      }
      expect((await remote('list')).out).toContain('"far"');
    },
  );

  test.each(['otlp://127.0.0.1:1', 'otlp+grpc://127.0.0.1:1', 'intake+http://127.0.0.1:1/x'])(
    'given nothing that listens at %s, then a test fails',
    async url => {
      const { remote } = storeAt();
      await remote('create', 'far', url);
      expect(await remote('test', 'far')).toMatchObject({
        code: 1,
        err: expect.stringContaining('cannot reach far') as string,
      });
    },
  );
});
