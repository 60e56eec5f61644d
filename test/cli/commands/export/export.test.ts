import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Sqlite } from '../../../../src/store/database/sqlite.js';
import { commandInProcess } from '../../../helpers/command-in-process.js';
import { openTestJournal } from '../../../helpers/journal.js';
import { post } from '../../../helpers/http.js';
import { serveInProcess } from '../../../helpers/server-in-process.js';
import { makeDirectory, payloads } from '../../../helpers/store.js';
import { seal } from '../../../helpers/archive.js';
import { removeDirectory } from '../../../helpers/remove-directory.js';

const ODD = [
  '{"a": 1.0,"b":"x,\\"y\\"\\n","n":null,"time":"2024-05-01T10:00:00.123456789Z"}',
  '{"level":"ERROR","msg":"boom","x":1e400,"list":[1, 2,{"z":  null}],"o":{"k":"v"}}',
  '{"big":12345678901234567890123,"i":9007199254740993,"u":18446744073709551615,"e":"","z":-0.0}',
  '{"id":9007199254740993,"payload":{"inner":1},"type":"own"}',
  '{"type":"log","msg":"caf\u00e9 \u{1f600}","dup":1,"dup":2}',
  '"text"',
  '7',
  '[1, 2]',
  'null',
  '"AAEC"',
];
const LATER = [
  '{"type":"trace","trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"b7ad6b7169203331","name":"GET /","duration_ms":12.5,"service":"api","time":"2024-05-02T10:00:00Z","status":"error"}',
  '{"type":"metric","metric_name":"cpu","metric_value":0.5,"metric_unit":"1","service":"api","time":"2024-05-02T11:00:00Z"}',
  '{"type":"a/b","time":"2024-05-02T11:00:00Z"}',
  '{"type":"log","level":"info","msg":"last","time":"2024-05-02T12:00:00Z"}',
];
const EVENTS = [...ODD, ...LATER];

const home = makeDirectory();
const store = join(home, 'store');

/** Half of the events are sealed, half are in the journal. */
beforeAll(async () => {
  const server = await serveInProcess({ store });
  await post(server.url, ODD.join('\n'));
  await post(server.url, LATER.join('\n'));
  await server.end();
  await seal(store, ODD.length);
});
afterAll(() => removeDirectory(home));

/** A directory of the test's own, and commands that run in it: an export has two parts, the second of both kinds of event. */
function place(env: Record<string, string> = { TELEMETRY_EXPORT_PART_IDS: '7' }) {
  const cwd = makeDirectory();
  onTestFinished(() => removeDirectory(cwd));
  const run = (...args: string[]) => commandInProcess(args, { cwd, env });
  return {
    cwd,
    exported: async (...args: string[]) => {
      const { code, out, err } = await run('export', '--store', store, ...args);
      expect(code, err).toBe(0);
      return { err, ...(JSON.parse(out) as Record<string, unknown>) };
    },
    run: (...args: string[]) => run('export', '--store', store, ...args),
    ask: async (of: string, sql: string) => {
      const { out, err } = await run('query', '--store', of, '--format', 'csv', sql);
      expect(err).toBe('');
      return out;
    },
    ingest: async (...files: string[]) => {
      const to = join(cwd, 'again');
      const { code, err } = await run('ingest', '--store', to, ...files);
      expect(code, err).toBe(0);
      return to;
    },
  };
}

async function duckdb(path: string, sql: string): Promise<unknown[]> {
  const instance = await DuckDBInstance.create(path, { access_mode: path === ':memory:' ? 'automatic' : 'read_only' });
  try {
    return (await (await instance.connect()).runAndReadAll(sql)).getRowsJson();
  } finally {
    instance.closeSync();
  }
}

const SUMMARY = `select type, severity, service, count(*), count(n), max(i), max(big), sum(duration_ms), max(dup), count(e)
  from events group by all order by all`;

test.each(['parquet', 'csv', 'sqlite', 'duckdb'])(
  'exports thousands of events of many keys from the journal as %s',
  async format => {
    const { cwd, run } = place({});
    const other = join(cwd, 'store');
    const journal = openTestJournal(other);
    journal.append(
      Array.from({ length: 2500 }, (_, i) =>
        Object.fromEntries(Array.from({ length: 60 }, (_, key) => [`key${key}`, `${key} of ${i}`])),
      ),
    );
    journal.close();

    const { code, err, out } = await run('--store', other, '--to', `events.${format}`, '--format', format);

    expect([code, err]).toEqual([0, '']);
    expect(JSON.parse(out)).toMatchObject({ events: 2500 });
  },
);

describe('an export that is imported again', () => {
  test.each(['out.parquet', 'out.csv', 'out.ndjson', 'out.csv.gz', 'out.ndjson.zst'])(
    'gives every payload back byte for byte, given %s',
    async file => {
      const { exported, ingest, ask, cwd } = place();
      expect(await exported('--to', file)).toMatchObject({ events: EVENTS.length, before: 0, missing: 0 });
      expect(readdirSync(cwd)).toEqual([file]);

      const again = await ingest(file);
      expect(payloads(again)).toEqual(EVENTS);
      expect(await ask(again, SUMMARY)).toBe(await ask(store, SUMMARY));
    },
  );

  test('gives types, times and numbers back, given otlp-json', async () => {
    const { exported, ingest, ask, cwd } = place();
    await exported('--to', 'out.json', '--format', 'otlp-json');
    for (const line of readFileSync(join(cwd, 'out.json'), 'utf8').trim().split('\n')) {
      expect(Object.keys(JSON.parse(line) as object)[0]).toMatch(/^resource(?:Spans|Logs|Metrics)$/);
    }

    const again = await ingest('out.json');
    const sql = `select severity, message, service, trace_id, duration_ms, i, metric_value,
        case when type in ('trace', 'metric') then type else 'log' end as type, time
      from events where time < '2025-01-01' order by time, type`;
    expect(await ask(again, sql)).toBe(await ask(store, sql));
    expect(await ask(again, 'select count(*), max(big) from events')).toBe(
      await ask(store, 'select count(*), max(big) from events'),
    );
  });

  test('gives the same events from a folder of Parquet files', async () => {
    const { exported, ingest, cwd } = place();
    await exported('--to', 'lake', '--partition-by', 'day,type');
    const files = (readdirSync(join(cwd, 'lake'), { recursive: true }) as string[]).filter(name =>
      name.endsWith('.parquet'),
    );
    const again = await ingest(...files.map(name => join('lake', name)));
    expect(payloads(again).sort()).toEqual([...EVENTS].sort());
  });
});

describe('the files', () => {
  test('are partitions that a bare DuckDB reads, without the keys as columns', async () => {
    const { exported, ask, cwd } = place();
    await exported('--to', 'lake', '--partition-by', 'day,type');
    const glob = join(cwd, 'lake/*/*/*.parquet');
    const counts = 'select day::varchar as day, type, count(*) as n from';
    const rows = await duckdb(
      ':memory:',
      `${counts} read_parquet('${glob}', hive_partitioning = true, union_by_name = true) group by all order by all`,
    );
    const csv = await ask(store, `${counts} (select *, time::date as day from events) group by all order by all`);
    expect(rows.map(row => (row as string[]).join(','))).toEqual(csv.trim().split('\n').slice(1));
    expect(existsSync(join(cwd, 'lake/day=2024-05-02/type=a%2Fb'))).toBe(true);

    const columns = await duckdb(
      ':memory:',
      `select column_name from (describe from read_parquet('${glob}', hive_partitioning = false, union_by_name = true))`,
    );
    expect(columns.flat()).not.toContain('type');
    expect(columns.flat()).toEqual(expect.arrayContaining(['id', 'time', 'payload', 'list', 'o.k']));
    const own = join(cwd, 'lake/*/type=own/*.parquet');
    const ofOwn = await duckdb(
      ':memory:',
      `select column_name from (describe from read_parquet('${own}', hive_partitioning = false))`,
    );
    expect(ofOwn.flat()).toContain('payload.inner');
    expect(ofOwn.flat()).not.toContain('metric_value');
  });

  test('is a DuckDB database with the views', async () => {
    const { exported, cwd } = place();
    await exported('--to', 'out.duckdb');
    const file = join(cwd, 'out.duckdb');
    expect(await duckdb(file, 'select payload::varchar from events order by id')).toEqual(EVENTS.map(event => [event]));
    expect(await duckdb(file, 'select max(i), max(big)::varchar, max(u)::varchar from events')).toEqual([
      ['9007199254740993', '12345678901234567890123', '18446744073709551615'],
    ]);
    expect(await duckdb(file, 'select operation_name, error, duration_ms from traces')).toEqual([
      ['GET /', true, 12.5],
    ]);
    expect(await duckdb(file, 'select p95(duration_ms) from spans')).toEqual([[12.5]]);
    expect(await duckdb(file, 'select count(*) from logs')).toEqual([['3']]);
    expect(await duckdb(file, 'select metric_value from system_metrics')).toEqual([[0.5]]);
  });

  test('is a SQLite database with views', async () => {
    const { exported, cwd } = place();
    await exported('--to', 'out.sqlite');
    const db = new Sqlite(join(cwd, 'out.sqlite'), { readonly: true });
    onTestFinished(() => void db.close());
    const all = (sql: string) => db.prepare(sql).raw().safeIntegers().all();
    expect(all('select payload from events order by id')).toEqual(EVENTS.map(event => [event]));
    expect(all('select max(i), max(big), typeof(max(i)) from events')).toEqual([
      [9007199254740993n, '12345678901234567890123', 'integer'],
    ]);
    expect(all('select operation_name, error from traces')).toEqual([['GET /', 1n]]);
    expect(all('select count(*) from logs')).toEqual([[3n]]);
    expect(all('select time from events where id = 1')).toEqual([['2024-05-01T10:00:00.123456Z']]);
  });

  test('have the permissions that the user gives new files', async () => {
    const { exported, cwd } = place();
    const before = process.umask(0o027);
    onTestFinished(() => void process.umask(before));
    await exported('--to', 'out.csv');
    await exported('--to', 'lake/', '--partition-by', 'type');
    expect(statSync(join(cwd, 'out.csv')).mode & 0o777).toBe(0o640);
    expect(statSync(join(cwd, 'lake')).mode & 0o777).toBe(0o750);
  });

  test.each(['csv', 'ndjson', 'otlp-json'])('go to a pipe as %s', async format => {
    const { run, cwd, exported } = place();
    const { out, code } = await run('--to', '-', '--format', format);
    expect(code).toBe(0);
    await exported('--to', 'out.txt', '--format', format);
    expect(out).toBe(readFileSync(join(cwd, 'out.txt'), 'utf8'));
  });

  test.each(['out.parquet', 'out.csv', 'out.duckdb', 'out.sqlite'])(
    'have columns without events, given %s',
    async file => {
      const { exported } = place();
      expect(await exported('--to', file, '--where', 'false')).toMatchObject({ events: 0 });
    },
  );
});

test('exports what the bounds and the condition say', async () => {
  const { exported, cwd } = place();
  await exported(
    '--to',
    'out.ndjson',
    '--since',
    '2024-05-02',
    '--until',
    '2024-05-02T11:30:00Z',
    '--where',
    "type <> 'a/b' and nokey is null",
  );
  const lines = readFileSync(join(cwd, 'out.ndjson'), 'utf8').trim().split('\n');
  expect(lines.map(line => (JSON.parse(line) as { payload: unknown }).payload)).toEqual(
    LATER.slice(0, 2).map(text => JSON.parse(text) as unknown),
  );
});

describe('a target', () => {
  test('is not replaced without --force', async () => {
    const { run, exported, cwd } = place();
    writeFileSync(join(cwd, 'out.csv'), 'mine');
    expect(await run('--to', 'out.csv')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/out\.csv already exists[^]*--force/) as string,
    });
    expect(readFileSync(join(cwd, 'out.csv'), 'utf8')).toBe('mine');
    expect(readdirSync(cwd)).toEqual(['out.csv']);
    await exported('--to', 'out.csv', '--force');
    expect(readFileSync(join(cwd, 'out.csv'), 'utf8')).toMatch(/^id,/);
  });

  test('that is a folder is replaced only when an export wrote it', async () => {
    const { run, exported, cwd } = place();
    mkdirSync(join(cwd, 'own'));
    writeFileSync(join(cwd, 'own/notes.txt'), 'mine');
    const refused = await run('--to', 'own', '--force');
    expect(refused).toMatchObject({
      code: 1,
      err: expect.stringContaining('files that are not of an export') as string,
    });

    await exported('--to', 'lake', '--partition-by', 'type');
    expect((await run('--to', 'lake', '--partition-by', 'type')).err).toContain('has a complete export');
    await exported('--to', 'lake', '--partition-by', 'day', '--force');
    expect(
      readdirSync(join(cwd, 'lake')).every(name => name.startsWith('day=') || name === '_telemetry-export.json'),
    ).toBe(true);
  });

  test.each([
    [[], 'a target is missing'],
    [['--to', '-'], 'needs a --format'],
    [['--to', '-', '--format', 'parquet'], 'cannot be written to stdout'],
    [['--to', 'out.xyz'], 'no format is known'],
    [['--to', 'out.parquet.gz'], 'not written as .gz'],
    [['--to', 'lake/', '--format', 'csv'], 'only Parquet'],
    [['--to', 'lake', '--partition-by', 'service'], 'the keys are day and type'],
  ])('is refused as usage, given %j', async (args, message) => {
    const { run } = place();
    expect(await run(...args)).toMatchObject({ code: 2, err: expect.stringContaining(message) as string });
  });

  test('is not created for a condition that is wrong or a folder that is missing', async () => {
    const { run, cwd } = place();
    expect(await run('--to', 'out.csv', '--where', 'nope(')).toMatchObject({ code: 4 });
    expect(await run('--to', 'none/out.csv')).toMatchObject({
      code: 1,
      err: expect.stringContaining('does not exist') as string,
    });
    expect(existsSync(join(cwd, 'out.csv'))).toBe(false);
  });
});
