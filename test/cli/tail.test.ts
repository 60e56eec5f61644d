import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { commandInProcess } from '../helpers/command-in-process.js';
import { openTestJournal, type TestJournal } from '../helpers/journal.js';
import { until } from '../helpers/store.js';
import { cleanEnv, telemetry, TELEMETRY, temporaryDirectory } from './command.js';
import { removeDirectory } from '../helpers/remove-directory.js';

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
    removeDirectory(cwd);
  });

  const follow = (...args: string[]) => {
    const started = spawn(process.execPath, [TELEMETRY, 'tail', '--store', store, ...args], { env: cleanEnv(cwd) });
    child = started;
    const lines = createInterface({ input: started.stdout })[Symbol.asyncIterator]();
    return { started, err: text(started.stderr), next: async () => (await lines.next()).value as string };
  };
  const past = (...args: string[]) => commandInProcess(['tail', '--store', store, '--no-follow', ...args], { cwd });
  const pastProcess = (...args: string[]) => telemetry(['tail', '--store', store, '--no-follow', ...args], { cwd });

  test('prints the events around those that match', async () => {
    journal.append([{ n: 1 }, { n: 2 }, { n: 3, a: 1 }, { n: 4 }, { n: 5 }, { n: 6 }, { n: 7, a: 1 }, { n: 8 }], AT);
    const shown = async (...args: string[]): Promise<string[]> =>
      (await past('--columns', 'n', '--format', 'csv', '--filter', 'a = 1', ...args)).out
        .trimEnd()
        .split('\n')
        .slice(1);

    expect(await shown('--context', '1')).toEqual(['2', '3', '4', '6', '7', '8']);
    expect(await shown('-C', '2', '-n', '1')).toEqual(['5', '6', '7', '8']);
    expect(await shown('-C', '0')).toEqual(['3', '7']);
    expect((await past('--columns', 'n', '--format', 'pretty', '--filter', 'a = 1', '-C', '1')).out).toBe(
      '2\n3\n4\n--\n6\n7\n8\n',
    );
    expect((await past('--pretty', 'short', '--filter', 'a = 1', '-C', '1')).out).toMatch(/n=4\n--\n.*n=6\n/);
  });

  test('prints new events after a past match as its context', async () => {
    journal.append([{ n: 1 }, { n: 2, a: 1 }], AT);
    const { next } = follow('--since', '2026-11-01', '--filter', 'a = 1', '--context', '1', '--columns', 'n');
    expect([await next(), await next()]).toEqual(['{"n":1}', '{"n":2}']);
    journal.append([{ n: 3 }, { n: 4 }, { n: 5 }, { n: 6, a: 1 }], AT);
    expect([await next(), await next(), await next()]).toEqual(['{"n":3}', '{"n":5}', '{"n":6}']);
  });

  test('prints a line a field with --pretty long, and groups traces with --by trace', async () => {
    const span = (trace: string, name: string) => ({ trace_id: trace, span_id: '1', name, duration_ms: 2, user: 'u' });
    journal.append([span('t1', 'a'), span('t2', 'b'), { type: 'log', msg: 'm' }, span('t1', 'c')], AT);
    const long = (await past('--pretty', 'long', '-n', '1')).out.split('\n');
    const grouped = (await past('--by', 'trace')).out.split('\n').map(line => line.replace(/^\S+ \S+ /, ''));

    expect(long.slice(1, -1).map(line => line.trim().split(/\s+/)[0])).toEqual(['trace_id', 'span_id', 'user']);
    expect(grouped.map(line => line.split(' ').slice(0, 3).join(' ').trim())).toEqual(
      expect.arrayContaining(['trace t1', 'trace t2']),
    );
    expect(grouped.findIndex(line => line.includes(' c '))).toBeLessThan(grouped.indexOf('trace t2'));
    expect(await past('--pretty', 'long', '--format', 'csv')).toMatchObject({ code: 2 });
    expect(await past('--stats', '--columns', 'n')).toMatchObject({ code: 2 });
  });

  test('follows past events until SIGINT, and prints how to continue', async () => {
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

    expect((await pastProcess('--tz', 'UTC', '--format', 'pretty')).out).toBe(
      '2026-11-22 10:00:00.000 log    ERROR hi "mom" trace.spanId="a b" big=1099511627776\n',
    );
    expect((await pastProcess('--format', 'ndjson')).out).toBe(
      `{"id":1,"received_at":"${time}","time":"${time}","type":"log","name":null,"payload":${payload}}\n`,
    );
    expect((await past('--format', 'csv')).out).toBe(
      `id,time,type,name,payload\n1,${time},log,,"${payload.replaceAll('"', '""')}"\n`,
    );
    expect((await past('--columns', 'level,trace.spanId,nothing', '--format', 'pretty')).out).toBe('ERROR  a b  -\n');
    expect((await past('--columns', 'id,level', '--format', 'TSV')).out).toBe('id\tlevel\n1\tERROR\n');
    expect((await past('--columns', 'id,level', '--format', 'md')).out).toBe(
      '| id | level |\n| --- | --- |\n| 1 | ERROR |\n',
    );
  });

  test('keeps terminal control sequences of events from the terminal', async () => {
    journal.append([{ type: 'log', msg: '\u001b[2Jgone', 'k\u0007': 'v' }], AT);
    for (const args of [[], ['--columns', 'msg']]) {
      const { out } = await past('--format', 'pretty', ...args);
      expect(out).toContain('gone');
      expect(out.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    }
  });

  test('prints all times for people to the millisecond', async () => {
    journal.append(
      ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.6Z', '2026-01-02T03:04:05.678901Z'].map(time => ({ time })),
      AT,
    );
    const { out } = await past('--tz', 'UTC', '--format', 'pretty');
    expect(out.replace(/ event.*/g, '').split('\n')).toEqual([
      '2026-01-02 03:04:05.000',
      '2026-01-02 03:04:05.600',
      '2026-01-02 03:04:05.678',
      '',
    ]);
  });

  test('prints NDJSON where there is no terminal', async () => {
    journal.append([{ n: 1 }], AT);
    expect((await pastProcess()).out).toBe((await past('--format', 'ndjson')).out);
    expect((await past('--json')).out).toBe((await past()).out);
    expect((await past('--csv', '--columns', 'id')).out).toBe('id\n1\n');
  });

  test.each([
    [
      ['--type', 'log'],
      [1, 2, 6],
    ],
    [
      ['--type', 'spans,metric'],
      [3, 4],
    ],
    [
      ['--service', 'api'],
      [1, 3],
    ],
    [
      ['--service', 'api', '--service', 'web'],
      [1, 2, 3],
    ],
    [
      ['--level', 'warn'],
      [1, 2],
    ],
    [['--level', 'Err'], [1]],
    [['--level', 'warning', '--service', 'web'], [2]],
    [
      ['--grep', 'time(d )?out'],
      [1, 5],
    ],
    [['--grep', 'Timed'], []],
    [['--grep', 'GET /'], [3]],
    [
      ['--where', 'id > 4'],
      [5, 6],
    ],
    [['--filter', 'id > 1', '--where', 'id < 3'], [2]],
    [
      ['--limit', '2'],
      [5, 6],
    ],
    [
      ['--last', '1h'],
      [1, 2, 3, 4, 5, 6],
    ],
    [['--until', '2020-01-01'], []],
  ])('given %j, prints the events that meet it', async (args, ids) => {
    journal.append([
      { type: 'log', severity: 'ERROR', service: 'api', msg: 'it timed out' },
      { type: 'log', severity: 'WARN', service: 'web', msg: 'slow' },
      { type: 'trace', service: 'api', name: 'GET /' },
      { type: 'metric', metric_name: 'cpu' },
      'a timeout',
      { type: 'log', severity: 'INFO' },
    ]);
    const { code, out } = await past('--columns', 'id', '--csv', ...args);
    expect(code).toBe(0);
    expect(out.split('\n').slice(1, -1).map(Number)).toEqual(ids);
  });

  test.each([
    [['--level', 'loud'], '--level: "loud" is not a level', 2],
    [['--grep', '['], '--grep: "[" is not a regular expression: missing ]: [\nPut a backslash before', 2],
    [['--filter', 'n >'], '--filter: Parser Error', 4],
    [['--last', '5'], '--last: "5" is not a duration', 2],
  ])('refuses %j', async (args, problem, exit) => {
    const { code, out, err } = await past(...args);
    expect({ code, out }).toEqual({ code: exit, out: '' });
    expect(err).toContain(problem);
  });

  test('is called logs as well, which ends unless -f says otherwise', async () => {
    journal.append([{ n: 1 }], AT);
    expect(await telemetry(['logs', '--store', store, '--csv', '--columns', 'id'], { cwd })).toMatchObject({
      code: 0,
      out: 'id\n1\n',
    });
    const { started, next } = follow('-f', '--format', 'ndjson', '--columns', 'id');
    expect(await next()).toBe('{"id":1}');
    journal.append([{ n: 2 }], AT);
    expect(await next()).toBe('{"id":2}');
    started.kill('SIGINT');
    expect(await once(started, 'close')).toEqual([130, null]);
  });

  test('ends at the time of --until', async () => {
    journal.append([{ n: 1 }], AT);
    const { started, next } = follow('--until', '+2s', '--columns', 'id');
    expect(await next()).toBe('{"id":1}');
    expect(await once(started, 'close')).toEqual([0, null]);
  });

  test('warns once, naming severity, when the filter fails for a pino line', async () => {
    journal.append([{ n: 1 }], AT);
    const { started, err, next } = follow('--filter', `id = 1 or level = 'ERROR'`, '--columns', 'id');
    expect(await next()).toBe('{"id":1}');
    let said = '';
    started.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    journal.append([{ level: 50 }], AT);
    await until(() => said.includes('the filter fails'), 'the warning');
    journal.append([{ level: 50 }, { level: 50 }], AT);
    journal.append([{ level: 'ERROR' }], AT);
    expect(await next()).toBe('{"id":5}');
    started.kill('SIGINT');
    expect(await once(started, 'close')).toEqual([130, null]);
    expect((await err).match(/the filter fails/g) ?? []).toHaveLength(1);
    expect(await err).toContain(`severity = 'ERROR'`);
  });

  test('names severity once when numbers come into a column of level texts', async () => {
    journal.append([{ level: 'ERROR' }], AT);
    const { started, err, next } = follow('--filter', `level = 'ERROR'`, '--columns', 'id');
    expect(await next()).toBe('{"id":1}');
    journal.append([{ level: 50 }, { level: 50 }], AT);
    journal.append([{ level: 'ERROR' }], AT);
    expect(await next()).toBe('{"id":4}');
    started.kill('SIGINT');
    expect(await once(started, 'close')).toEqual([130, null]);
    expect((await err).match(/"level" is a number in some events.*severity/g) ?? []).toHaveLength(1);
  });

  test('ends quietly when the reader closes before the next event', async () => {
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
    const { code, out, err } = await pastProcess('--filter', `level = = 'x'`, '--format', 'csv');
    expect({ code, out }).toEqual({ code: 4, out: '' });
    expect(err).toMatch(/--filter: .*syntax error[^]*LINE 1: level = = 'x'\n +\^/);
  });

  test('warns of a filter on an unknown column, with similar names', async () => {
    journal.append([{ level: 'ERROR' }], AT);
    const { code, out, err } = await pastProcess('--filter', `levl = 'ERROR'`);
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect(err).toMatch(/warning: no event has "levl" yet.*level/);
  });

  test('given no store, without follow, then exit 3', async () => {
    const { code } = await telemetry(['tail', '--no-follow', '--store', join(cwd, 'none')], { cwd });
    expect(code).toBe(3);
  });
});
