import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { commandInProcess } from '../helpers/command-in-process.js';
import { payloads, until } from '../helpers/store.js';
import { cleanEnv, TELEMETRY, temporaryDirectory } from './command.js';
import { removeDirectory } from '../helpers/remove-directory.js';

type Event = Readonly<Record<string, unknown>>;

/** An import of a pipe that this test writes to. */
function startImport(args: readonly string[] = []) {
  const cwd = temporaryDirectory();
  onTestFinished(() => removeDirectory(cwd));
  const store = join(cwd, 'store');
  const child = spawn(process.execPath, [TELEMETRY, 'ingest', '--store', store, ...args], { cwd, env: cleanEnv(cwd) });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]).then(
    ([out, err, [code]]) => ({ out, err, code: code as number | null }),
  );
  const events = (): Event[] => {
    try {
      return payloads(store).map(payload => JSON.parse(payload) as Event);
    } catch {
      // There is no store yet.
      return [];
    }
  };
  return { child, store, events, ended, write: (chunk: string) => child.stdin.write(chunk) };
}

describe('a pipe that stays open', () => {
  test.each([
    [['--type', 'text', '-'], 'one\ntwo\n', 2],
    [['--type', 'logfmt', '-'], 'a=1\na=2\n', 2],
    [['--type', 'csv', '-'], 'a,b\n1,2\n3,4\n', 2],
    [['--type', 'ndjson', '-'], '{"a":1}\n{"a":2}\n', 2],
    [['--type', 'json', '-'], '[{"a":1},{"a":2},', 2],
    [['--each', 'list', '-'], '{"list":[{"a":1},{"a":2},', 2],
    [['--pattern', '(?<n>\\d+)', '-'], '1\n2\n', 2],
    [['--type', 'docker', '-'], '{"log":"a\\n","stream":"stdout","time":"2026-11-20T08:00:06Z"}\n', 1],
    [[], 'Listening on 3000\n{"level":"info","msg":"up"}\n', 2],
  ])('given %j and %j, then its events are stored while it is silent', async (args, chunk, count) => {
    const { write, events, ended, child } = startImport(args);
    write(chunk);
    await until(() => events().length === count, `${count} events`);
    child.kill('SIGTERM');
    expect((await ended).code).toBe(args.includes('json') || args.includes('--each') ? 1 : 130);
  });

  test('given a banner before lines of JSON, then each line is read for itself', async () => {
    const { write, child, events, ended } = startImport();
    write('> app@1.0.0 start\n\n{"level":"info","msg":"up","n":1}\nError: x\n');
    child.stdin.end();
    expect((await ended).code).toBe(0);
    expect(events()).toEqual([
      { type: 'log', msg: '> app@1.0.0 start', file: 'stdin' },
      { type: 'log', msg: '', file: 'stdin' },
      { level: 'info', msg: 'up', n: 1, file: 'stdin' },
      { type: 'log', msg: 'Error: x', file: 'stdin' },
    ]);
  });
});

describe('the type of a pipe', () => {
  test.each([
    ['{"n":1}\n{"n":2}\n', 0, { stored: 2, files: [{ type: 'ndjson' }] }, ''],
    ['{"n":1}\n{"n":\n', 1, { stored: 1 }, '-, line 2: the stream ends in the middle of an event'],
    ['{"level":"info"}\nError: x\n{"n":3}\n', 0, { stored: 3 }, 'stdin: 1 line that is not JSON is stored as text'],
    ['[{"n":1},{"n":2}]\n', 0, { stored: 2, files: [{ type: 'json' }] }, ''],
    ['time,path\n1,/\n', 0, { stored: 2, files: [{ type: 'text' }] }, '--type csv makes an event of each row'],
    ['Hello, world\n', 0, { stored: 1, files: [{ type: 'text' }] }, ''],
  ])('follows from its first line: %j', async (input, code, summary, note) => {
    const cwd = temporaryDirectory();
    onTestFinished(() => removeDirectory(cwd));
    const done = await commandInProcess(['ingest', '--store', join(cwd, 'store')], { cwd, input });
    expect(JSON.parse(done.out)).toMatchObject(summary);
    expect(done).toMatchObject({ code, err: note === '' ? '' : (expect.stringContaining(note) as string) });
  });
});

describe('the first interruption', () => {
  test('given that nothing comes, then it ends the import', async () => {
    const { child, ended, store } = startImport(['-']);
    await until(() => existsSync(join(store, 'server.json')), 'the receiver');
    child.kill('SIGINT');
    expect(await ended).toMatchObject({
      code: 130,
      err: expect.stringMatching(/interrupted.*\nA pipe cannot be read again/) as string,
    });
  });

  test('given a line that was begun, then that is stored', async () => {
    const { child, write, ended, events } = startImport(['--type', 'text', '-']);
    write('whole\nbegun');
    await until(() => events().length === 1, 'the first event');
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    expect(events().map(({ msg }) => msg)).toEqual(['whole', 'begun']);
  });
});
