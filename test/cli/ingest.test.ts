import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { commandInProcess } from '../helpers/command-in-process.js';
import { serve } from '../helpers/server.js';
import { serveInProcess } from '../helpers/server-in-process.js';
import { payloads } from '../helpers/store.js';
import { telemetry, temporaryDirectory, type Finished } from './command.js';
import { removeDirectory } from '../helpers/remove-directory.js';

interface Summary {
  readonly stored: number;
  readonly stored_before: number;
  readonly duplicates: number;
  readonly skipped: number;
  readonly files: readonly { readonly file: string; readonly type: string; readonly error?: string }[];
}

/** The payloads without the file that they are from, which is added behind all else. */
function sent(store: string): string[] {
  return payloads(store).map(payload => payload.replace(/,?"file":"[^"]*"}$/, '}'));
}

/** A directory with a store in it, and how to import into that. */
function workplace() {
  const cwd = temporaryDirectory();
  onTestFinished(() => removeDirectory(cwd));
  const store = join(cwd, 'store');
  const all = (args: readonly string[]): string[] => ['ingest', '--store', store, ...args];
  return {
    cwd,
    store,
    write: (name: string, text: string | Buffer) => writeFileSync(join(cwd, name), text),
    /** Imports in this process, but for what is read from stdin. */
    ingest: async (args: readonly string[], input?: string) =>
      finished(
        input === undefined ? await commandInProcess(all(args), { cwd }) : await telemetry(all(args), { cwd, input }),
      ),
    ingestProcess: async (args: readonly string[]) => finished(await telemetry(all(args), { cwd })),
  };
}

const finished = (done: Finished) => ({ ...done, summary: () => JSON.parse(done.out) as Summary });

describe('telemetry ingest', () => {
  test('imports files of every kind and counts their events in the summary', async () => {
    const { ingestProcess, write, store, cwd } = workplace();
    write('a.ndjson', '{"a": 1}\n{"a":2}');
    write('b.json', '[{"b":1},\n{"b":2}]');
    write('c.csv', 'c,d\n1,x\n');
    write('d.tsv', 'e\tf\n1\t"x"\n');
    write('e.logfmt', 'level=info n=1\n');
    write('f.txt', 'a line\n\n');
    write('g.log', '{"g":1}\n');
    write('h.ndjson.gz', Buffer.concat([gzipSync('{"h":1}\n'), gzipSync('{"h":2}\n')]));
    const { code, summary } = await ingestProcess([
      'a.ndjson',
      'b.json',
      'c.csv',
      'd.tsv',
      'e.logfmt',
      'f.txt',
      'g.log',
      'h.ndjson.gz',
    ]);

    expect(code).toBe(0);
    expect(sent(store)).toEqual([
      '{"a": 1}',
      '{"a":2}',
      '{"b":1}',
      '{"b":2}',
      '{"c":1,"d":"x"}',
      '{"e":1,"f":"x"}',
      '{"level":"info","n":1}',
      '{"type":"log","msg":"a line"}',
      '{"type":"log","msg":""}',
      '{"g":1}',
      '{"h":1}',
      '{"h":2}',
    ]);
    expect(summary()).toMatchObject({ stored: 12, skipped: 0 });
    expect(summary().files.map(({ type }) => type)).toEqual([
      'ndjson',
      'json',
      'csv',
      'tsv',
      'logfmt',
      'text',
      'text',
      'ndjson',
    ]);
    const files = payloads(store).map(payload => (JSON.parse(payload) as { file: string }).file);
    expect([...new Set(files)]).toEqual(summary().files.map(({ file }) => join(cwd, file)));
  });

  test('given a Parquet file, when imported, then each row is an event with its types', async () => {
    const { ingest, write, store, cwd } = workplace();
    write('seed.ndjson', '{"n":9007199254740993,"x":1.5,"t":"a\\nb"}\n{"n":2}');
    await ingest(['seed.ndjson']);
    const sql = `select n, x, t, 'e' as event from events order by n desc`;
    await commandInProcess(['query', '--store', store, '--out', 'rows.parquet', sql], { cwd });
    const { summary } = await ingest(['rows.parquet']);

    expect(summary()).toMatchObject({ stored: 2 });
    expect(sent(store).slice(2)).toEqual([
      '{"n":9007199254740993,"x":1.5,"t":"a\\nb","event":"e"}',
      '{"n":2,"x":null,"t":null,"event":"e"}',
    ]);
    expect((await ingest(['rows.parquet'])).summary()).toMatchObject({ stored: 0, stored_before: 2 });
  });

  test('reports a damaged Parquet file, and continues there once it is whole', async () => {
    const { ingest, ingestProcess, store, cwd } = workplace();
    await ingest(['-'], '{"seed":1}');
    const sql = 'select range as n, md5(range::varchar) as id from range(130000)';
    await commandInProcess(['query', '--store', store, '--out', 'rows [1]*.parquet', sql], { cwd });
    const file = join(cwd, 'rows [1]*.parquet');
    const whole = readFileSync(file);
    const middle = whole.length >> 1;
    writeFileSync(file, Buffer.concat([whole.subarray(0, middle), Buffer.alloc(3000), whole.subarray(middle + 3000)]));
    const damaged = await ingestProcess(['rows [1]*.parquet']);
    writeFileSync(file, whole);
    const mended = await ingest(['rows [1]*.parquet']);

    expect(damaged.code).toBe(1);
    expect(damaged.err).toContain('it may be damaged: ');
    expect(mended.summary().stored + damaged.summary().stored).toBe(130_000);
    expect(mended.summary().stored_before).toBe(damaged.summary().stored);
  });

  test('reports a row over the limit in Parquet, and skips it on request', async () => {
    const { ingest, store, cwd } = workplace();
    await ingest(['-'], '{"seed":1}');
    const sql = "select range as n, repeat('x', if(range = 3000, 2000000, 1)::bigint) as text from range(6000)";
    await commandInProcess(['query', '--store', store, '--out', 'rows.parquet', sql], { cwd });
    const stopped = await ingest(['rows.parquet']);
    const skipping = await ingest(['--on-error', 'skip', 'rows.parquet']);

    expect(stopped.code).toBe(1);
    expect(stopped.err).toContain('rows.parquet, line 3001: an event is larger than');
    expect(stopped.summary()).toMatchObject({ stored: 3000 });
    expect(skipping.summary()).toMatchObject({ stored: 2999, stored_before: 3000, skipped: 1 });
  });

  test('stores only what is new of a file imported again, grown, renamed or changed', async () => {
    const { ingest, write, store, cwd } = workplace();
    write('a.ndjson', '{"n":1}\n');
    await ingest(['a.ndjson']);
    expect((await ingest(['a.ndjson'])).summary()).toMatchObject({ stored: 0, stored_before: 1 });
    appendFileSync(join(cwd, 'a.ndjson'), '{"n":2}\n');
    expect((await ingest(['a.ndjson'])).summary()).toMatchObject({ stored: 1, stored_before: 1 });
    renameSync(join(cwd, 'a.ndjson'), join(cwd, 'b.ndjson'));
    expect((await ingest(['b.ndjson'])).summary()).toMatchObject({ stored: 0, stored_before: 2 });
    write('b.ndjson', '{"m":1}\n');
    expect((await ingest(['b.ndjson'])).summary()).toMatchObject({ stored: 1, stored_before: 0 });
    write('b.ndjson', '{"m":2}\n');
    const changed = await ingest(['b.ndjson']);
    expect(changed.summary()).toMatchObject({ stored: 1, stored_before: 0 });
    expect(changed.err).toContain('b.ndjson was imported before, and its bytes are others now: imports all of it');
    expect((await ingest(['b.ndjson', '--again'])).summary()).toMatchObject({ stored: 1, stored_before: 0 });
    const again = await ingest(['b.ndjson']);
    expect(again.summary()).toMatchObject({ stored: 0, stored_before: 1 });
    expect(again.err).toBe('');
    const otherwise = await ingest(['b.ndjson', '--type', 'logfmt']);
    expect(otherwise.summary()).toMatchObject({ stored: 0, stored_before: 1, files: [{ type: 'ndjson' }] });
    expect(otherwise.err).toContain('was first imported as ndjson, and keeps that');
    const anew = await ingest(['b.ndjson', '--type', 'text', '--again']);
    expect(anew.summary()).toMatchObject({ stored: 1, files: [{ type: 'text' }] });

    expect(sent(store)).toEqual(['{"n":1}', '{"n":2}', '{"m":1}', '{"m":2}', '{"m":2}', '{"m":2}']);
  });

  test('counts events of two imports at once as stored once and stored before once', async () => {
    const { ingest, write, store } = workplace();
    const server = await serveInProcess({ store });
    write('a.ndjson', '{"n":1}\n{"n":2,"event_id":"two"}\n{"n":3}\n');
    const both = await Promise.all([ingest(['a.ndjson']), ingest(['a.ndjson'])]);
    await server.end();
    const sum = (key: 'stored' | 'stored_before' | 'duplicates'): number =>
      both.reduce((total, { summary }) => total + summary()[key], 0);

    expect([sum('stored'), sum('stored_before'), sum('duplicates')]).toEqual([3, 3, 0]);
  });

  test('stops at an invalid event, names it, and continues there once mended', async () => {
    const { ingestProcess, write, store } = workplace();
    write('a.ndjson', '{"n":1}\n{"n":2\n{"n":3}\n');
    const stopped = await ingestProcess(['a.ndjson']);
    write('a.ndjson', '{"n":1}\n{"n":2}\n{"n":3}\n');
    const mended = await ingestProcess(['a.ndjson']);

    expect(stopped.code).toBe(1);
    expect(stopped.err).toMatch(/a\.ndjson, line 2: .*"\{\\"n\\":2"/);
    expect(stopped.summary()).toMatchObject({ stored: 1 });
    expect(mended.summary()).toMatchObject({ stored: 2, stored_before: 1 });
    expect(sent(store)).toEqual(['{"n":1}', '{"n":2}', '{"n":3}']);
  });

  test.each([
    ['a.csv', 'n\n2,3\n4\n', 'n\n23\n4\n', ['{"n":23}', '{"n":4}']],
    ['a.json', '[1,\n2 3\n,4]', '[1,\n2,3\n,4]', ['1', '2', '3', '4']],
    ['a.logfmt', 'a=1\na=2 =\na=3\n', 'a=1\na=2\na=3\n', [1, 2, 3].map(n => `{"a":${n}}`)],
    ['a.csv.gz', gzipSync('n\n2,3\n4\n'), gzipSync('n\n23\n4\n'), ['{"n":23}', '{"n":4}']],
    ['a.ndjson.gz', gzipSync('{"n":1}\n{\n'), gzipSync('{"n":1}\n{}\n3'), ['{"n":1}', '{}', '3']],
  ])('given %s with a mistake, once mended, then it goes on there', async (name, broken, mended, events) => {
    const { ingest, write, store } = workplace();
    write(name, broken);
    const stopped = await ingest([name]);
    write(name, mended);

    expect(stopped.code).toBe(1);
    expect(stopped.err).toContain(`${name}, line 2: `);
    expect((await ingest([name])).code).toBe(0);
    expect(sent(store)).toEqual(events);
  });

  test('given JSON in one line with a mistake, once mended, then it goes on there', async () => {
    const { ingest, write, store } = workplace();
    write('a.json', '[{"n":1},{"n":2},x]');
    expect((await ingest(['a.json'])).code).toBe(1);
    write('a.json', '[{"n":1},{"n":2},3]');

    expect((await ingest(['a.json'])).summary()).toMatchObject({ stored: 1, stored_before: 2 });
    expect(sent(store)).toEqual(['{"n":1}', '{"n":2}', '3']);
  });

  test('given a compressed file that is cut off, once it is whole, then it goes on there', async () => {
    const { ingest, write, store } = workplace();
    const events = Array.from({ length: 12_000 }, () => `{"id":"${randomUUID()}"}`);
    const whole = gzipSync(events.join('\n'));
    write('a.ndjson.gz', whole.subarray(0, whole.length / 2));
    const first = await ingest(['a.ndjson.gz']);
    write('a.ndjson.gz', whole);
    const second = await ingest(['a.ndjson.gz']);

    expect(first.err).toContain('cannot decompress');
    expect(first.err).toContain('run this again');
    expect(second.summary().stored_before).toBe(first.summary().stored);
    expect(first.summary().stored).toBeGreaterThan(0);
    expect(sent(store)).toEqual(events);
  });

  test('skips and counts invalid events, and shows the first three', async () => {
    const { ingestProcess, write, store } = workplace();
    write('a.ndjson', ['{"n":1}', 'one', 'two', '{"n":2}', 'three', 'four', 'five', '{"n":3}'].join('\n'));
    write('b.csv', 'a,b\n1,2\n1,2,3\n4,5\n');
    const { code, err, summary } = await ingestProcess(['--on-error', 'skip', 'a.ndjson', 'b.csv']);

    expect(code).toBe(0);
    expect(summary()).toMatchObject({ stored: 5, skipped: 6 });
    expect(err.match(/^skipped: a\.ndjson, line \d/gm)).toEqual([2, 3, 5].map(n => `skipped: a.ndjson, line ${n}`));
    expect(err).toContain('skipped: 2 more in a.ndjson');
    expect(err).toContain('skipped: b.csv, line 3');
    expect(sent(store)).toEqual(['{"n":1}', '{"n":2}', '{"n":3}', '{"a":1,"b":2}', '{"a":4,"b":5}']);
  });

  test('exits with 1 for unreadable files, and imports the others', async () => {
    const { ingestProcess, write, store } = workplace();
    write('a.ndjson', '1\n');
    write('unknown', 'a,b\n1,2\n');
    const { code, err } = await ingestProcess(['nosuch', '.', 'unknown', 'a.ndjson']);

    expect(code).toBe(1);
    for (const said of [
      'cannot read nosuch',
      'cannot read .: it is a directory',
      'cannot tell what unknown is to be read as',
      '3 of 4 files',
    ])
      expect(err).toContain(said);
    expect(sent(store)).toEqual(['1']);
  });

  test('reads time and type of stdin from mapped keys', async () => {
    const { ingest, store, cwd } = workplace();
    await ingest(
      ['--map', 'time=ts,type=kind', '-'],
      '{"ts":"2024-05-01T10:00:00Z","kind":"login","event_time":"1999-01-01"}\n',
    );
    const asked = await commandInProcess(['query', '--store', store, 'select type, time from events'], { cwd });

    expect(JSON.parse(asked.out)).toEqual({ type: 'login', time: '2024-05-01T10:00:00Z' });
    expect(sent(store)).toEqual(['{"time":"2024-05-01T10:00:00Z","type":"login","original_event_time":"1999-01-01"}']);
  });

  test('sends to the server of the store, and can skip refused events', async () => {
    const { ingestProcess, write, store } = workplace();
    const server = await serve({ store, args: ['--max-event-size', '100'] });
    write('a.ndjson', ['1', `"${'x'.repeat(200)}"`, '2'].join('\n'));
    const { code, err, summary } = await ingestProcess(['a.ndjson', '--on-error', 'skip']);
    await server.end();

    expect(code).toBe(0);
    expect(err).toContain('is larger than 100 bytes');
    expect(summary()).toMatchObject({ stored: 2, skipped: 1 });
    expect(sent(store)).toEqual(['1', '2']);
  });

  test.skipIf(spawnSync('zstd', ['--version']).error)('given a file that zstd made, then it is imported', async () => {
    const { ingest, store, cwd } = workplace();
    const lines = Array.from({ length: 6000 }, (_, n) => `{"n":${n},"text":"${'abc'.repeat(n % 50)}"}`);
    spawnSync('zstd', ['-q', '-o', join(cwd, 'a.ndjson.zst')], { input: lines.join('\n') });
    await ingest(['a.ndjson.zst']);

    expect(sent(store)).toEqual(lines);
  });

  test.each([
    ['a.ndjson', '{"a":"xxxxxxxxxx"}\n'],
    ['a.json', '[{"a":"xxxxxxxxxx"}]'],
  ])('names --max-event-size when an event of %s is over it', async (name, text) => {
    const { ingest, write } = workplace();
    write(name, text);
    const { code, err } = await ingest([name, '--max-event-size', '10']);
    expect(code).toBe(1);
    expect(err).toMatch(/an event is larger than 10 bytes.*\n.*Raise the limit with --max-event-size/);
  });

  test.each([
    [['a', '--map', 'x'], '--map: "x" is not field=key\nWrite --map field=key, such as --map time=ts.'],
    [['a', '--set', 'x'], '--set: "x" is not key=text or key:=json\nWrite --set env=prod'],
    [['.'], 'cannot read .: it is a directory\nName a file in it.'],
    [['nosuch'], 'cannot read nosuch: no such file\nCheck its name'],
  ])('given the arguments %j, says what to do', async (args, text) => {
    expect((await workplace().ingest(args)).err).toContain(text);
  });

  test.each([
    [['a', '--type', 'xml'], 2],
    [['a', '--map', 'time'], 2],
    [['a', '--map', 'time=a,time=b'], 2],
    [['a', '--type', 'regex'], 2],
    [['a', '--pattern', '(no name)'], 2],
    [['a', '--pattern', '('], 2],
    [['a', '--type', 'csv', '--each', 'b'], 2],
    [['a', '--each', 'b[0]'], 2],
    [['a', '--delimiter', '"'], 2],
    [['a', '--set', 'x'], 2],
    [['a', '--set', 'x=1', '--set', 'X=2'], 2],
    [['nosuch'], 1],
  ])('given the arguments %j, then the exit code is %i, with a remedy', async (args, code) => {
    const done = await workplace().ingest(args);
    expect(done.code).toBe(code);
    if (!args.includes('xml')) expect(done.err).toMatch(/^telemetry: .+\n.+\n$/);
  });
});

describe('telemetry ingest of what OTLP file exporters write', () => {
  const span = (name: string, more = {}) => ({
    traceId: '600fbba606b5fc9959c814c389dad17d',
    spanId: '401e7042994a14e8',
    name,
    startTimeUnixNano: '1795871799344767717',
    endTimeUnixNano: '1795871799344797108',
    ...more,
  });
  const spans = (...all: unknown[]) => ({ resourceSpans: [{ scopeSpans: [{ spans: all }] }] });
  const log = { resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: 'hello' } }] }] }] };
  const metric = {
    resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'm', gauge: { dataPoints: [{ asInt: '5' }] } }] }] }],
  };
  const lines = (...documents: unknown[]) => documents.map(document => `${JSON.stringify(document)}\n`).join('');
  const kept = (store: string) =>
    payloads(store).map(payload => {
      const { type, name, body, metric_name, a } = JSON.parse(payload) as Record<string, unknown>;
      return [type, name ?? body ?? metric_name ?? a];
    });

  test('stores spans, logs and data points, once, also of a file that has grown', async () => {
    const { ingest, write, cwd, store } = workplace();
    write('otlp.jsonl', lines(spans(span('one'), span('two')), log, { a: 1 }, metric));
    expect((await ingest(['otlp.jsonl'])).summary()).toMatchObject({ stored: 5 });
    expect((await ingest(['otlp.jsonl'])).summary()).toMatchObject({ stored: 0, stored_before: 5 });
    appendFileSync(join(cwd, 'otlp.jsonl'), lines(spans(span('three'))));
    expect((await ingest(['otlp.jsonl'])).summary()).toMatchObject({ stored: 1, stored_before: 5 });

    expect(kept(store)).toEqual([
      ['trace', 'one'],
      ['trace', 'two'],
      ['log', 'hello'],
      [undefined, 1],
      ['metric', 'm'],
      ['trace', 'three'],
    ]);
  });

  test('reads a document over the event limit from a line, pretty-printed and a pipe', async () => {
    const { ingest, write, store } = workplace();
    const many = spans(...Array.from({ length: 700 }, (_, i) => span(`span ${i} ${'x'.repeat(1500)}`)));
    write('line.jsonl', lines(log, many, log));
    write('pretty.json', JSON.stringify(many, undefined, 1));
    expect(JSON.stringify(many).length).toBeGreaterThan(1024 * 1024);

    const { code, summary } = await ingest(['line.jsonl', 'pretty.json']);
    const piped = await ingest(['-'], lines(many));

    expect(code).toBe(0);
    expect(summary().stored).toBe(1402);
    expect(piped.summary().stored).toBe(700);
    expect(new Set(kept(store).map(([type]) => type))).toEqual(new Set(['log', 'trace']));
  });

  test('stops before a line with an invalid record; --on-error skip skips the record', async () => {
    const { ingest, write, store } = workplace();
    write('otlp.jsonl', lines(log, spans(span('a'), span('bad', { startTimeUnixNano: 'never' }), span('b')), log));

    const stopped = await ingest(['otlp.jsonl']);
    expect(stopped.code).toBe(1);
    expect(stopped.err).toContain('otlp.jsonl, line 2: "startTimeUnixNano" must be');
    expect(kept(store)).toEqual([['log', 'hello']]);

    const skipping = await ingest(['otlp.jsonl', '--on-error', 'skip']);
    expect(skipping.code).toBe(0);
    expect(skipping.summary()).toMatchObject({ stored: 3, skipped: 1 });
    expect(skipping.err).toContain('1 OTLP record left out: "startTimeUnixNano" must be');
    expect(kept(store).slice(1)).toEqual([
      ['trace', 'a'],
      ['trace', 'b'],
      ['log', 'hello'],
    ]);
  });
});
