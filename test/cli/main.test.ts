import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cleanEnv, telemetry, TELEMETRY, temporaryDirectory } from './command.js';
import { removeDirectory } from '../helpers/remove-directory.js';

const run = promisify(execFile);

describe('telemetry', () => {
  let cwd: string;
  beforeEach(() => (cwd = temporaryDirectory()));
  afterEach(() => removeDirectory(cwd));

  test('given nothing or --help, then the help is on stdout and the exit code 0', async () => {
    const nothing = await telemetry([], { cwd });
    const asked = await telemetry(['--help'], { cwd });

    expect(nothing).toEqual(asked);
    expect(asked).toMatchObject({ code: 0, err: '' });
    expect(asked.out).toMatch(/^Usage: telemetry/);
  });

  test('given --version, then that of the package', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };

    expect(await telemetry(['--version'], { cwd })).toEqual({ code: 0, out: `${version}\n`, err: '' });
  });

  test.each([['version'], ['-v'], ['-V']])('prints the version for %s', async word => {
    expect(await telemetry([word], { cwd })).toEqual(await telemetry(['--version'], { cwd }));
  });

  test.each([
    ['search', 'telemetry tail --no-follow --grep TEXT'],
    ['compare', 'telemetry diff'],
  ])('suggests for %s by its meaning', async (word, line) => {
    const { code, err } = await telemetry([word], { cwd });

    expect(code).toBe(2);
    expect(err).toContain(`telemetry: unknown command '${word}'\n\`${line}\``);
    expect(err).not.toContain('compact');
  });

  test.each([
    [['qery'], "unknown command 'qery'\n(Did you mean query?)\nRun `telemetry --help`"],
    [
      ['query', '--fromat', 'json'],
      "unknown option '--fromat'\n(Did you mean --format?)\nRun `telemetry query --help`",
    ],
    [['query', '--format', 'yaml', 'select 1'], "option '--format <name>' argument 'yaml' is invalid"],
    [['query', '-p', 'a', 'select 1'], '--param: "a" is not name=value'],
    [['query', '--since', 'someday', 'select 1'], '--since: "someday" is not a point in time'],
    [['query', '-f', 'a.sql', 'select 1'], 'the SQL was given twice'],
    [['prune', '--older-than', '14 moons'], '--older-than: "14 moons" is not a duration'],
    [['tail', '-n', '-1'], '--lines: "-1" is not a whole number'],
    [['serve', '--port', '70000'], '--port: "70000" is not a port'],
    [['completion', 'tcsh'], "'tcsh' is invalid"],
    [['--store', 'x'], 'Usage: telemetry'],
  ])('given %j, then a usage error on stderr and exit code 2', async (args, problem) => {
    const { code, out, err } = await telemetry(args, { cwd });

    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(problem);
    expect(err).toMatch(/^(telemetry: |Usage: )/);
    expect(err).not.toContain('defect');
  });

  test('given a bad config file, then a usage error with the remedy', async () => {
    writeFileSync(join(cwd, 'telemetry.config.json'), '{"prot": 1}');

    const { code, err } = await telemetry(['config'], { cwd });

    expect(code).toBe(2);
    expect(err).toContain('telemetry.config.json: unknown setting "prot"\nDid you mean "port"?\n');
  });

  test.each(['stats', 'schema'])('given no store, when %s looks for it, then exit code 3', async command => {
    const { code, out, err } = await telemetry([command, '--store', 'nowhere'], { cwd });

    expect({ code, out }).toEqual({ code: 3, out: '' });
    expect(err).toContain(`there is no telemetry store at ${join(cwd, 'nowhere')}`);
  });

  test('given a working directory that is gone, then only commands that need it fail', async () => {
    const script = 'mkdir gone; cd gone; rmdir ../gone; "$0" "$1" --version; "$0" "$1" query "select 1"; echo "$?"';
    const { stdout, stderr } = await run('bash', ['-c', script, process.execPath, TELEMETRY], {
      cwd,
      env: cleanEnv(cwd),
    });
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n1\n$/);
    expect(stderr).toBe('telemetry: the working directory no longer exists\nChange to another directory.\n');
  });

  test('given a reader that has gone, then it is quiet and the exit code 0', async () => {
    const script = `set -o pipefail; { sleep 0.2; "$0" "$1" completion bash; } | true; echo "\${PIPESTATUS[0]}"`;

    expect(await run('bash', ['-c', script, process.execPath, TELEMETRY], { cwd, env: cleanEnv(cwd) })).toEqual({
      stdout: '0\n',
      stderr: '',
    });
  });

  test.each([['SIGINT'], ['SIGTERM']] as const)('given %s, then exit code 130', async name => {
    const child = spawn(process.execPath, [TELEMETRY, 'send', 'x', '--wait', '60s', '--url', await deafUrl()], {
      cwd,
      env: cleanEnv(cwd),
    });
    const err = text(child.stderr);
    const socket = await knocked;
    child.kill(name);

    expect(await once(child, 'close')).toEqual([130, null]);
    socket.destroy();
    expect(await err).toContain('telemetry: interrupted while sending to http://127.0.0.1:');
  });

  let knocked: Promise<Socket>;

  /** A server that takes connections and never answers. */
  async function deafUrl(): Promise<string> {
    const server = createServer();
    knocked = once(server, 'connection').then(([socket]) => socket as Socket);
    server.once('connection', () => server.close());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }
});
