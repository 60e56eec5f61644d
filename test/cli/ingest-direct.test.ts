import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { commandInProcess } from '../helpers/command-in-process.js';
import { readStore } from '../helpers/store.js';
import { temporaryDirectory } from './command.js';
import { propertyRuns } from '../helpers/property-runs.js';
import { removeDirectory } from '../helpers/remove-directory.js';

/** More bytes than any input has: it goes through the journal. */
const NEVER = '1e15';

/** A directory, and how to run commands there. */
function workplace() {
  const cwd = temporaryDirectory();
  onTestFinished(() => removeDirectory(cwd));
  const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    commandInProcess(args, { cwd, env });
  return {
    cwd,
    run,
    write: (name: string, text: string | Buffer) => writeFileSync(join(cwd, name), text),
    /** Imports into a store of that name, directly unless said otherwise. */
    ingest: (name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
      run(['ingest', '--store', name, ...args], { TELEMETRY_INGEST_DIRECT_BYTES: '0', ...env }),
    numbers: async (name: string): Promise<unknown> => {
      const { out } = await run(['query', 'select list([id, n] order by id) as l from events', '--store', name]);
      return (JSON.parse(out) as { l: unknown }).l;
    },
    /** Everything that a query shows of a store, but for times of receipt and streams. */
    content: async (name: string): Promise<string> => {
      const select = `select * exclude (received_at, insert_datetime, stream_id, payload)
        replace (nullif("time", received_at) as "time"), payload::varchar as text from events order by id`;
      const asked = [select, 'describe events'].map(sql => run(['query', sql, '--store', name, '--format', 'ndjson']));
      // A keyed hash differs from store to store.
      return (await Promise.all(asked))
        .map(({ out, err }) => (out + err).replaceAll(/[0-9a-f]{32}/g, 'hash'))
        .join('\n');
    },
    inJournal: (name: string) => readStore<{ n: number }>(join(cwd, name), 'select count(*) as n from events')[0]!.n,
    transports: (name: string) =>
      readStore<{ transport: string }>(
        join(cwd, name),
        'select distinct transport from streams where events > 0 order by transport',
      ).map(({ transport }) => transport),
  };
}

/** Leaves out what differs from run to run. */
const summary = (out: string): string => out.replaceAll(/"seconds":[\d.]+/g, '"seconds":0');

const odd = [
  '{"type":"log","msg":"plain","n":1}',
  '{ "type" : "log", "msg" : "spaces", "n" : 1.50 }',
  '{"msg":"half \\ud83d of a pair","event_id":"e1"}',
  '{"msg":"the same id","event_id":"e1"}',
  '{"msg":"a number as id","event_id":17}',
  '{"event_id":17}',
  '{"event_id":"","msg":"no id"}',
  '{"Type":"Metric","type":"","metric_value":-0.0,"n":12345678901234567890123}',
  '{"nested":{"type":"trace","a":[1,{"b":2}]},"time":"2026-01-02T03:04:05Z"}',
  '"a text"',
  '17',
  'null',
  '[1,2,3]',
  '{}',
  '{"emoji":"😀","escape":"\\u0041\\n\\t","deep":{"er":{"est":true}}}',
  '{"duplicate":1,"duplicate":2}',
  '{"level":"WARN","message":"warned","file":"its own"}',
];

const pretty = odd.map(line => JSON.stringify(JSON.parse(line), null, 2)).join('\n');

/** An input, its options and the variables of the command. */
interface Input {
  readonly file: string;
  readonly text: string | Buffer;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const INPUTS: Readonly<Record<string, Input>> = {
  'odd lines': { file: 'a.ndjson', text: odd.join('\n') },
  'values over several lines': { file: 'a.ndjson', text: pretty },
  'lines that end with CR and LF': { file: 'a.ndjson', text: odd.join('\r\n') },
  'a compressed file': { file: 'a.ndjson.gz', text: gzipSync(odd.join('\n')) },
  'the elements of a list': { file: 'a.json', text: `{"items":[${odd.join(',')}]}`, args: ['--each', 'items'] },
  'a document': { file: 'a.json', text: `[${odd.join(',\n')}]` },
  'rows of a table': { file: 'a.csv', text: 'type,n,event_id\nlog,1,x\nlog,2,x\n"a ""b""",,y\n' },
  'lines of logfmt': { file: 'a.logfmt', text: 'level=info msg="a b" n=1\nlevel=error msg=c\n' },
  'lines of text': { file: 'a.txt', text: 'one\n{"n":1}\n\ntwo \u0007 bells\n' },
  'renamed keys': { file: 'a.ndjson', text: odd.join('\n'), args: ['--map', 'message=msg,type=nested.type'] },
  'added members': { file: 'a.ndjson', text: odd.join('\n'), args: ['--set', 'a:={"b":1}', '--service', 'web'] },
  'an added event_id': { file: 'a.ndjson', text: '{"n":1}\n{"n":2}\n', args: ['--set', 'event_id=same'] },
  'invalid lines that are skipped': {
    file: 'a.ndjson',
    text: ['{"n":1}', '{"n":', 'no json', ...odd].join('\n'),
    args: ['--on-error', 'skip'],
  },
  'an invalid line that ends it': { file: 'a.ndjson', text: '{"n":1}\n{"n":2\n{"n":3}\n' },
  'values that are redacted': {
    file: 'a.ndjson',
    text: '{"mail":"a@example.org","n":1}\n{"event_id":"a@example.org","n":2}\n{"type":"debug","n":3}\n{"user":"u"}\n',
    env: { TELEMETRY_REDACT: 'email', TELEMETRY_DENY_TYPE: 'debug', TELEMETRY_DROP: 'user' },
  },
};

describe('an import past the journal', () => {
  test.each(Object.entries(INPUTS))(
    'stores the same as one through it: %s',
    async (_, { file, text, args = [], env }) => {
      const { write, ingest, content, inJournal } = workplace();
      write(file, text);
      const direct = await ingest('direct', [file, ...args], env);
      const journal = await ingest('journal', [file, ...args], { ...env, TELEMETRY_INGEST_DIRECT_BYTES: NEVER });

      expect(inJournal('direct')).toBe(0);
      expect(inJournal('journal')).toBeGreaterThan(0);
      expect({ ...direct, out: summary(direct.out) }).toEqual({ ...journal, out: summary(journal.out) });
      expect(await content('direct')).toBe(await content('journal'));
    },
  );

  test('stores any JSON as one through the journal does', async () => {
    const { write, ingest, content, run } = workplace();
    let round = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.json({ maxDepth: 3 }), fc.constantFrom('', ' ', '\t')), { minLength: 1, maxLength: 40 }),
        async values => {
          const name = `${round++}`;
          write(`${name}.ndjson`, values.map(([json, space]) => json + space).join('\n'));
          await ingest(`direct-${name}`, [`${name}.ndjson`]);
          await ingest(`journal-${name}`, [`${name}.ndjson`], { TELEMETRY_INGEST_DIRECT_BYTES: NEVER });
          expect(await content(`direct-${name}`)).toBe(await content(`journal-${name}`));
          expect((await run(['verify', '--deep', '--store', `direct-${name}`])).code).toBe(0);
        },
      ),
      { numRuns: propertyRuns(2) },
    );
  });

  test('numbers events after those of the journal, which it seals', async () => {
    const { write, ingest, numbers, inJournal, transports } = workplace();
    write('a.ndjson', '{"n":1,"event_id":"a"}\n');
    write('b.ndjson', '{"n":2,"event_id":"b"}\n{"n":3,"event_id":"a"}\n');
    await ingest('store', ['a.ndjson'], { TELEMETRY_INGEST_DIRECT_BYTES: NEVER });
    const { out } = await ingest('store', ['b.ndjson']);
    write('c.ndjson', '{"n":4,"event_id":"b"}\n{"n":5}\n');
    await ingest('store', ['c.ndjson'], { TELEMETRY_INGEST_DIRECT_BYTES: NEVER });

    expect(JSON.parse(out)).toMatchObject({ stored: 1, duplicates: 1 });
    expect(inJournal('store')).toBe(1);
    expect(transports('store')).toEqual(['http', 'ingest']);
    expect(await numbers('store')).toEqual([
      [1, 1],
      [2, 2],
      [3, 5],
    ]);
  });

  test('reports an event that a schema rejects, and stores those around it', async () => {
    const { write, ingest, run, content } = workplace();
    const schema = { type: 'object', required: ['user'] };
    write('schema.json', JSON.stringify(schema));
    const lines = Array.from({ length: 50 }, (_, n) => `{"type":"login","n":${n}${n === 20 ? '' : ',"user":1'}}`);
    write('a.ndjson', lines.join('\n'));
    for (const [store, bytes] of [
      ['direct', '0'],
      ['journal', NEVER],
    ] as const) {
      await run(['schema', 'register', 'login', 'schema.json', '--store', store]);
      const { out, err, code } = await ingest(store, ['a.ndjson', '--on-error', 'skip'], {
        TELEMETRY_INGEST_DIRECT_BYTES: bytes,
      });
      expect(JSON.parse(out)).toMatchObject({ stored: 49, skipped: 1 });
      expect(err).toContain('violates the schema');
      expect(code).toBe(0);
    }
    expect(await content('direct')).toBe(await content('journal'));
  });

  test('continues where it was when a file has grown, and stores nothing of it twice', async () => {
    const { write, ingest, numbers, inJournal } = workplace();
    write('a.ndjson', '{"n":1}\n{"n":2}\n');
    await ingest('store', ['a.ndjson']);
    write('a.ndjson', '{"n":1}\n{"n":2}\n{"n":3}\n');
    const { out } = await ingest('store', ['a.ndjson']);
    const again = await ingest('store', ['a.ndjson']);

    expect(JSON.parse(out)).toMatchObject({ stored: 1, stored_before: 2 });
    expect(JSON.parse(again.out)).toMatchObject({ stored: 0, stored_before: 3 });
    expect(inJournal('store')).toBe(0);
    expect(await numbers('store')).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
  });

  test('stores an event that is too large for lines, in its place', async () => {
    const { write, ingest, content, transports } = workplace();
    const large = 'x'.repeat(1_500_000);
    write('a.ndjson', `{"n":1}\n{"n":2,"text":"${large}"}\n{"n":3}\n`);
    const args = ['a.ndjson', '--max-event-size', '4MiB'];
    expect((await ingest('direct', args)).code).toBe(0);
    await ingest('journal', args, { TELEMETRY_INGEST_DIRECT_BYTES: NEVER });

    expect(transports('direct')).toEqual(['http']);
    expect(await content('direct')).toBe(await content('journal'));
  });
});
