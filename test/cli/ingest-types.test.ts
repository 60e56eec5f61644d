import { writeFileSync, appendFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { commandInProcess } from '../helpers/command-in-process.js';
import { payloads } from '../helpers/store.js';
import { temporaryDirectory } from './command.js';
import { removeDirectory } from '../helpers/remove-directory.js';

type Event = Readonly<Record<string, unknown>>;

interface Summary {
  readonly stored: number;
  readonly stored_before: number;
  readonly skipped: number;
  readonly files: readonly { readonly type: string }[];
}

/** A directory with a store in it, and how to import into that. */
function workplace() {
  const cwd = temporaryDirectory();
  onTestFinished(() => removeDirectory(cwd));
  const store = join(cwd, 'store');
  return {
    cwd,
    write: (name: string, text: string | Buffer) => {
      mkdirSync(dirname(join(cwd, name)), { recursive: true });
      writeFileSync(join(cwd, name), text);
    },
    append: (name: string, text: string) => appendFileSync(join(cwd, name), text),
    events: () => payloads(store).map(payload => JSON.parse(payload) as Event),
    ingest: async (...args: string[]) => {
      const done = await commandInProcess(['ingest', '--store', store, ...args], { cwd });
      return { ...done, summary: () => JSON.parse(done.out) as Summary };
    },
  };
}

const ACCESS = '203.0.113.9 - - [20/Nov/2026:08:00:06 +0000] "GET /a HTTP/1.1" 200 153 "-" "curl/8"\n';

describe('the type of a file', () => {
  test.each([
    [['--type', 'nginx'], ACCESS, { method: 'GET', status: 200, time: '2026-11-20T08:00:06+00:00' }],
    [['--type', 'apache'], ACCESS, { method: 'GET', user_agent: 'curl/8' }],
    [['--type', 'syslog'], 'Nov 20 08:00:06 web1 sshd[7]: hi\n', { app: 'sshd', msg: 'hi' }],
    [['--type', 'docker'], '{"log":"hi\\n","stream":"stdout","time":"2026-11-20T08:00:06Z"}\n', { msg: 'hi' }],
    [['--type', 'cri'], '2026-11-20T08:00:06Z stderr F hi\n', { msg: 'hi', stream: 'stderr' }],
    [['--type', 'journald'], '{"MESSAGE":"hi","PRIORITY":"3"}\n', { MESSAGE: 'hi', level: 'ERROR' }],
    [['--type', 'logfmt'], 'level=info msg=hi\n', { level: 'info', msg: 'hi' }],
    [['--pattern', '(?<level>\\w+): (?<msg>.*)'], 'WARN: hi\n', { type: 'log', level: 'WARN', msg: 'hi' }],
    [['--each', '.data.items[]'], '{"data":{"items":[{"a":1}]}}', { a: 1 }],
    [['--delimiter', ';'], 'a;b\n1;2\n', { a: 1, b: 2 }],
  ])('given %j, then its lines are read as that, and bear the file', async (args, text, members) => {
    const { ingest, write, events, cwd } = workplace();
    write('some.dat', text);
    expect((await ingest('some.dat', ...args)).code).toBe(0);
    expect(events()).toMatchObject([{ ...members, file: join(cwd, 'some.dat') }]);
  });

  test('detects each line of a log with a banner or without a file extension', async () => {
    const { ingest, write, events } = workplace();
    const text = 'Listening on 3000\n{"level":"info","msg":"up"}\n';
    write('app.log', text);
    write('output', text);
    const { summary } = await ingest('app.log', 'output');

    expect(summary().files.map(({ type }) => type)).toEqual(['text', 'text']);
    expect(events().map(({ type, level, msg }) => [type, level, msg])).toEqual([
      ['log', undefined, 'Listening on 3000'],
      [undefined, 'info', 'up'],
      ['log', undefined, 'Listening on 3000'],
      [undefined, 'info', 'up'],
    ]);
  });

  test('reads a file without extension as NDJSON when its first line is an object', async () => {
    const { ingest, write, append, events } = workplace();
    write('export', '{"n":1}\n\n[2]\n3\nat main (app.js:1)\n{ n: 4 }\n{"n":5}\n');
    const { err, summary } = await ingest('export');
    expect(summary()).toMatchObject({ stored: 6, files: [{ type: 'ndjson' }] });
    expect(err).toContain('export: 2 lines that are not JSON are stored as text; --type ndjson stops at the first');
    append('export', 'Error: x\n{"n":\n{"n":6}\n');
    const broken = await ingest('export');
    expect(broken.summary()).toMatchObject({ stored: 1, stored_before: 6 });
    expect(broken.err).toContain('export, line 9: the stream ends in the middle of an event: "{\\"n\\":"');
    expect(broken.code).toBe(1);
    expect((await ingest('export', '--on-error', 'skip')).summary()).toMatchObject({ stored: 1, skipped: 1 });

    const msgs = ['at main (app.js:1)', '{ n: 4 }', 'Error: x'];
    expect(events().map(event => event.n ?? event.msg ?? event)).toEqual([1, [2], 3, msgs[0], msgs[1], 5, msgs[2], 6]);
  });

  test('makes one event of an array in NDJSON, and one of each element in JSON', async () => {
    const { ingest, write, events } = workplace();
    write('a.ndjson', '[{"n":1},{"n":2}]\n');
    expect((await ingest('a.ndjson')).summary()).toMatchObject({ stored: 1 });
    expect((await ingest('a.ndjson', '--type', 'json', '--again')).summary()).toMatchObject({ stored: 2 });
    expect(events()).toMatchObject([[{ n: 1 }, { n: 2 }], { n: 1 }, { n: 2 }]);
    expect(events()[0]).not.toHaveProperty('file');
  });

  test('given a type at first, then the file keeps it, with and without --type', async () => {
    const { ingest, write, append, events } = workplace();
    write('access.log', ACCESS);
    expect((await ingest('access.log', '--type', 'nginx')).summary()).toMatchObject({ stored: 1 });
    append('access.log', ACCESS);
    const again = await ingest('access.log');
    expect(again.summary()).toMatchObject({ stored: 1, stored_before: 1, files: [{ type: 'nginx' }] });
    expect(again.err).toBe('');
    const other = await ingest('access.log', '--type', 'text');
    expect(other.summary()).toMatchObject({ stored: 0, stored_before: 2, files: [{ type: 'nginx' }] });
    expect(other.err).toContain('first imported as nginx, and keeps that; --again imports all of it as text');

    expect(events().map(({ status }) => status)).toEqual([200, 200]);
  });

  test('does not store again when the detected type is named later', async () => {
    const { ingest, write, events } = workplace();
    write('a.csv', 'n\n1\n');
    write('b.log', '{"n":2}\n');
    await ingest('a.csv', 'b.log');
    expect((await ingest('a.csv', '--type', 'csv')).summary()).toMatchObject({ stored: 0, stored_before: 1 });
    expect((await ingest('b.log', '--type', 'ndjson')).summary()).toMatchObject({ stored: 0, stored_before: 1 });
    expect(events().map(({ n }) => n)).toEqual([1, 2]);
  });

  test('allows another type when nothing was stored with the wrong one', async () => {
    const { ingest, write, events } = workplace();
    write('a.log', 'level=info\na="\n');
    const wrong = await ingest('a.log', '--type', 'nginx');
    expect(wrong.code).toBe(1);
    expect(wrong.err).toContain('a.log, line 1: it is not a line of an access log');
    expect((await ingest('a.log', '--type', 'nginx', '--on-error', 'skip')).summary()).toMatchObject({ skipped: 2 });
    const right = await ingest('a.log', '--type', 'logfmt', '--on-error', 'skip');
    expect(right.summary()).toMatchObject({ stored: 1, skipped: 1 });
    expect(right.err).not.toContain('imported before');
    expect(events()).toMatchObject([{ level: 'info' }]);
  });
});

describe('keys that are added', () => {
  test('given --service and --set, then events get them that have none of the name', async () => {
    const { ingest, write, events } = workplace();
    write('a.ndjson', '{"n":1}\n{"ENV":"test","service_name":"own"}\n7\n');
    write('b.log', 'text\n');
    await ingest('a.ndjson', 'b.log', '--service', 'web', '--set', 'env=prod', '--set', 'build:=12');
    expect(events()).toMatchObject([
      { n: 1, service_name: 'web', env: 'prod', build: 12 },
      { ENV: 'test', service_name: 'own', build: 12 },
      7,
      { msg: 'text', service_name: 'web', env: 'prod', build: 12 },
    ]);
    expect(events()[1]).not.toHaveProperty('env');
  });

  test('given other ones than before, then it says what they are for', async () => {
    const { ingest, write, append, events } = workplace();
    write('a.ndjson', '{"n":1}\n');
    await ingest('a.ndjson');
    append('a.ndjson', '{"n":2}\n');
    const { err } = await ingest('a.ndjson', '--service', 'web');
    expect(err).toContain('with other --map, --service or --set');
    expect(events().map(event => event.service_name)).toEqual([undefined, 'web']);
  });

  test('given the log of a pod, then it names the pod', async () => {
    const { ingest, write, events } = workplace();
    write('pods/shop_web-5d_8c/nginx/0.log', '2026-11-20T08:00:06Z stdout F hi\n');
    await ingest('--type', 'cri', 'pods/shop_web-5d_8c/nginx/0.log');
    expect(events()).toMatchObject([{ namespace: 'shop', pod: 'web-5d', container: 'nginx' }]);
  });
});

describe('a list within a document', () => {
  test('stores each element of compressed documents larger than an event', async () => {
    const { ingest, write, events } = workplace();
    const records = Array.from({ length: 3000 }, (_, n) => ({ eventName: 'GetObject', n }));
    write('trail.json.gz', gzipSync(JSON.stringify({ Records: records })));
    const { summary } = await ingest('--each', 'Records', '--max-event-size', '200', 'trail.json.gz');
    expect(summary()).toMatchObject({ stored: 3000 });
    expect(events().map(({ n }) => n)).toEqual(records.map(({ n }) => n));
    expect((await ingest('trail.json.gz')).summary()).toMatchObject({ stored: 0, stored_before: 3000 });
  });

  test('given a path that leads to none, then it names one that does', async () => {
    const { ingest, write } = workplace();
    write('trail.json', '{"Records":[{"n":1}]}');
    const wrong = await ingest('--each', 'records', 'trail.json');
    expect(wrong.code).toBe(1);
    expect(wrong.err).toContain('no list at records; there is one at Records');
    expect((await ingest('--each', 'Records', 'trail.json')).summary()).toMatchObject({ stored: 1 });
  });
});

describe('a file that is not UTF-8', () => {
  test('is refused in every type when it is UTF-16', async () => {
    const { ingest, write } = workplace();
    const files = ['a.csv', 'a.tsv', 'a.ndjson', 'a.json', 'a.logfmt', 'a.txt'];
    for (const file of files) write(file, Buffer.from('\ufeffa,b\n1,2\n', 'utf16le'));
    const { code, err } = await ingest('--on-error', 'skip', ...files);
    expect(code).toBe(1);
    expect(err).toContain('a.csv, line 1: the text is in UTF-16 and not valid UTF-8');
    expect(err).not.toContain('internal error');
  });

  test('is stored with a note of the column, when it is Parquet', async () => {
    const { ingest, events } = workplace();
    const file = fileURLToPath(new URL('../fixtures/parquet/not-utf8.parquet', import.meta.url));
    const { code, err } = await ingest(file);
    expect(code, err).toBe(0);
    expect(err).toContain('text that is not valid UTF-8 is stored as base64, in the column "s"');
    expect(events()).toMatchObject([{ s: '/wA=' }, { s: 'ok' }, { s: 'é' }]);
  });

  test.each([
    ['bytes that are no text', Buffer.from('\xff,b\n1,2\n', 'latin1'), 'the row is not valid UTF-8'],
    ['an open quote', Buffer.from('a,"b\n1,2\n'), 'a quote is opened and not closed'],
  ])('or has a wrong header, is refused with its line: %s', async (_, text, problem) => {
    const { ingest, write } = workplace();
    write('a.csv', text);
    const { code, err } = await ingest('a.csv');
    expect(code).toBe(1);
    expect(err).toContain(`a.csv, line 1: ${problem}`);
  });
});

describe('a file of logfmt', () => {
  test('keeps lines without a pair as text, and every duplicate key', async () => {
    const { ingest, write, events } = workplace();
    write('a.logfmt', 'level=info msg=start dup=1 dup=2\npanic: runtime error\n\tmain.go:12 +0x1d\n');
    const { code, err } = await ingest('a.logfmt');
    expect(code, err).toBe(0);
    expect(events()).toMatchObject([
      { level: 'info', dup: 2 },
      { type: 'log', msg: 'panic: runtime error' },
      { type: 'log', msg: '\tmain.go:12 +0x1d' },
    ]);
  });
});
