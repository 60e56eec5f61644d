import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestJournal, type TestJournal } from '../helpers/journal.js';
import { cleanEnv, telemetry, TELEMETRY, temporaryDirectory } from './command.js';

const AT = Date.UTC(2026, 10, 22, 10);

describe('telemetry tail', () => {
  let cwd: string;
  let store: string;
  let journal: TestJournal;
  let child: ChildProcessWithoutNullStreams | undefined;

  beforeEach(() => {
    cwd = temporaryDirectory();
    store = join(cwd, 'store');
    journal = openTestJournal(store);
  });
  afterEach(() => {
    child?.kill('SIGKILL');
    child = undefined;
    journal.close();
    rmSync(cwd, { recursive: true });
  });

  const follow = (...args: string[]) => {
    const started = spawn(process.execPath, [TELEMETRY, 'tail', '--store', store, ...args], { env: cleanEnv(cwd) });
    child = started;
    const lines = createInterface({ input: started.stdout })[Symbol.asyncIterator]();
    return { started, err: text(started.stderr), next: async () => (await lines.next()).value as string };
  };
  const past = (...args: string[]) => telemetry(['tail', '--store', store, '--no-follow', ...args], { cwd });

  test('given past events, when followed through SIGINT, then new lines come, and stderr says how to go on', async () => {
    journal.append([{ n: 1 }, { n: 2 }, { n: 3 }], AT);
    const { started, err, next } = follow('-n', '2', '--format', 'ndjson', '--columns', 'id,n');
    expect(await next()).toBe('{"id":2,"n":2}');
    expect(await next()).toBe('{"id":3,"n":3}');
    journal.append([{ n: 4 }], AT);
    expect(await next()).toBe('{"id":4,"n":4}');
    started.kill('SIGINT');
    expect(await once(started, 'close')).toEqual([130, null]);
    expect(await err).toContain('no server is running');
    expect(await err).toContain('--from-id 5');
  });

  test('given the same events in each format, then each is whole and nothing is cut', async () => {
    journal.append([{ type: 'log', level: 'ERROR', msg: 'hi "mom"', trace: { spanId: 'a b' }, big: 2 ** 40 }], AT);
    const payload = '{"type":"log","level":"ERROR","msg":"hi \\"mom\\"","trace":{"spanId":"a b"},"big":1099511627776}';
    const time = '2026-11-22T10:00:00Z';

    expect((await past('--tz', 'UTC')).out).toBe(
      '2026-11-22 10:00:00.000 log    ERROR hi "mom" trace.spanId="a b" big=1099511627776\n',
    );
    expect((await past('--format', 'ndjson')).out).toBe(
      `{"id":1,"received_at":"${time}","time":"${time}","type":"log","name":null,"payload":${payload}}\n`,
    );
    expect((await past('--format', 'csv')).out).toBe(
      `id,time,type,name,payload\n1,${time},log,,"${payload.replaceAll('"', '""')}"\n`,
    );
    expect((await past('--columns', 'level,trace.spanId,nothing')).out).toBe('ERROR  a b  -\n');
  });

  test('given a terminal control sequence in an event, then it does not reach the terminal', async () => {
    journal.append([{ type: 'log', msg: '\u001b[2Jgone', 'k\u0007': 'v' }], AT);
    for (const args of [[], ['--columns', 'msg']]) {
      const { out } = await past(...args);
      expect(out).toContain('gone');
      expect(out.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    }
  });

  test('given times with and without a fraction, when printed for people, then all are to the millisecond', async () => {
    journal.append(
      ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.6Z', '2026-01-02T03:04:05.678901Z'].map(time => ({ time })),
      AT,
    );
    const { out } = await past('--tz', 'UTC');
    expect(out.replace(/ event.*/g, '').split('\n')).toEqual([
      '2026-01-02 03:04:05.000',
      '2026-01-02 03:04:05.600',
      '2026-01-02 03:04:05.678',
      '',
    ]);
  });

  test('given a reader that takes a line and goes, when the next event comes, then the tail ends quietly', async () => {
    journal.append([{ n: 1 }, { n: 2 }], AT);
    const command = `("$0" "$1" tail --store "$2" --format ndjson --columns id; echo $? >&2) | head -1`;
    const shell = spawn('sh', ['-c', command, process.execPath, TELEMETRY, store], { env: cleanEnv(cwd) });
    const err = text(shell.stderr);
    expect(await text(shell.stdout)).toBe('{"id":1}\n');
    journal.append([{ n: 3 }], AT);
    expect((await err).split('\n').slice(1)).toEqual(['0', '']);
  });

  test('given --columns without a name, then exit 2', async () => {
    expect(await past('--columns', ',')).toMatchObject({ code: 2, out: '' });
  });

  test('given no events, then csv is its header', async () => {
    expect(await past('--format', 'csv')).toEqual({ code: 0, out: 'id,time,type,name,payload\n', err: '' });
  });

  test('given a filter that does not bind, then exit 4, a caret, and nothing on stdout', async () => {
    const { code, out, err } = await past('--filter', `level = = 'x'`, '--format', 'csv');
    expect({ code, out }).toEqual({ code: 4, out: '' });
    expect(err).toMatch(/--filter: .*syntax error[^]*LINE 1: level = = 'x'\n +\^/);
  });

  test('given a filter on a column that no event has had, then a warning names what is near', async () => {
    journal.append([{ level: 'ERROR' }], AT);
    const { code, out, err } = await past('--filter', `levl = 'ERROR'`);
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect(err).toMatch(/warning: no event has had "levl" yet.*level/);
  });

  test('given no store, without follow, then exit 3', async () => {
    const { code } = await telemetry(['tail', '--no-follow', '--store', join(cwd, 'none')], { cwd });
    expect(code).toBe(3);
  });
});
