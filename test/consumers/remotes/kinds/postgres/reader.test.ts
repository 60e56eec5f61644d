import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RemoteReader } from '../../../../../src/consumers/remotes/kind.js';
import { rowsOf } from '../../../../../src/query/result/rows.js';
import { commandInProcess } from '../../../../helpers/command-in-process.js';
import { openTestJournal } from '../../../../helpers/journal.js';
import { CREATE_READER, startPostgres, type TestPostgres } from '../../../../helpers/postgres.js';
import { addRemote, forwardTo, openReader } from '../../../../helpers/remotes.js';
import { makeDirectory } from '../../../../helpers/store.js';

const dir = makeDirectory();
let server: TestPostgres;
let reader: RemoteReader;
let missing: string | undefined;

beforeAll(async () => {
  const started = await startPostgres();
  if ('missing' in started) {
    missing = started.missing;
    return;
  }
  server = started;
  const journal = openTestJournal(dir);
  journal.appendText(
    ['{"type":"log","n":1}', '{"type":"log","n":2}', '{"type":"metric","n":3}'],
    Date.UTC(2026, 10, 28),
  );
  journal.close();
  addRemote(dir, 'pg', server.url, { options: { reader: 'telemetry_reader' } });
  addRemote(dir, 'root', server.url);
  await forwardTo(dir, 'pg');
  await server.ask(CREATE_READER);
  reader = await openReader(dir, 'pg');
});
afterAll(async () => {
  if (missing !== undefined) return;
  await reader.close();
  await server.stop();
});
beforeEach(context => {
  if (missing !== undefined) context.skip(missing);
});

const ask = async (sql: string) => rowsOf(await reader.query(sql));

describe('reading back from PostgreSQL', () => {
  test('prints values as PostgreSQL does, and times as the store does', async () => {
    const { columns, batches } = await reader.query(`select 9223372036854775807 as big, 1.10::numeric(5,2) as exact,
      0.1::float8 as double, true as yes, '{"a": 1.0}'::jsonb as doc, null::int as nothing, array[1,null] as list,
      timestamptz '2026-11-28 12:00:00.5+02' as at, timestamp '2026-11-28 12:00' as local, date '0044-03-15 BC' as day,
      timestamptz 'infinity' as never, interval '1 day' as span, ''::text as empty, '\\x00ff'::bytea as bytes`);
    expect(columns.map(({ name, type, kind }) => `${name} ${type} ${kind}`)).toEqual([
      'big bigint number',
      'exact numeric number',
      'double double precision number',
      'yes boolean boolean',
      'doc jsonb json',
      'nothing integer number',
      'list type 1007 text',
      'at timestamp with time zone time',
      'local timestamp without time zone time',
      'day date time',
      'never timestamp with time zone time',
      'span interval text',
      'empty text text',
      'bytes bytea text',
    ]);
    expect(await rowsOf({ columns, batches })).toEqual([
      [
        '9223372036854775807',
        '1.10',
        '0.1',
        'true',
        '{"a": 1.0}',
        null,
        '{1,NULL}',
        '2026-11-28T10:00:00.500Z',
        '2026-11-28T12:00:00',
        '0044-03-15 (BC)',
        'infinity',
        '1 day',
        '',
        '\\x00ff',
      ],
    ]);
  });

  test('prints times in the zone and style that are asked for', async () => {
    const style = { timezone: 'Asia/Tokyo', time: 'readable' } as const;
    const result = await reader.query(
      `select timestamptz '2026-11-28 23:00Z', date_trunc('day', timestamptz '2026-11-28 23:00Z')`,
      style,
    );
    expect(await rowsOf(result)).toEqual([['2026-11-29 08:00:00', '2026-11-29 00:00:00']]);
  });

  test('given a result that is left early, then the next statement works', async () => {
    const { batches } = await reader.query('select generate_series(1, 1e7::int), repeat($$x$$, 1000)');
    for await (const rows of batches) {
      expect(rows.length).toBe(1000);
      break;
    }
    expect(await ask('select 1')).toEqual([['1']]);
  });

  test('given an error in the middle of a result, then it is thrown', async () => {
    await expect(ask('select 1 / (3000 - x) from generate_series(1, 5000) as x')).rejects.toMatchObject({
      kind: 'sql',
      message: 'division by zero',
    });
    expect(await ask('select 1')).toEqual([['1']]);
  });

  test('given a statement that does not parse, then the error has a caret', async () => {
    await expect(ask('select 1,\n  nothing')).rejects.toMatchObject({
      kind: 'sql',
      message: 'column "nothing" does not exist\n\nLINE 2:   nothing\n          ^',
    });
  });

  test.each([
    'delete from events',
    "insert into events values ('x')",
    'create table mine (x int)',
    `with gone as (delete from events returning 1) select * from gone`,
    'select * into copy from events',
    'commit',
    'select 1; delete from events',
    'set transaction read write',
    `select set_config('transaction_read_only', 'off', false)`,
    `copy events to stdout`,
    `copy events to program 'id'`,
    `do $$ begin delete from events; end $$`,
    'explain analyze delete from events',
    `select pg_read_file('/etc/passwd')`,
    `select lo_import('/etc/passwd')`,
    `select * from pg_authid`,
    `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'telemetry'`,
    'lock table events',
    '',
  ])('refuses %s', async sql => {
    await expect(ask(sql)).rejects.toMatchObject({ kind: 'sql' });
    expect(await server.ask('select count(*)::int as n from events')).toEqual([{ n: 3 }]);
    expect(await ask('select count(*) from events')).toEqual([['3']]);
  });

  test('refuses to read as a superuser', async () => {
    await expect(openReader(dir, 'root')).rejects.toMatchObject({
      message: expect.stringContaining('is a superuser') as string,
      remedy: expect.stringContaining('--reader ROLE') as string,
    });
  });

  test('counts the events by type', async () => {
    expect(await ask(reader.statsSql)).toEqual([
      ['log', '2', '2026-11-28T00:00:00Z', '2026-11-28T00:00:00Z'],
      ['metric', '1', '2026-11-28T00:00:00Z', '2026-11-28T00:00:00Z'],
    ]);
  });
});

const run = (...args: string[]) => commandInProcess([...args, '--store', dir], { cwd: dir });

describe('telemetry query and stats with --remote', () => {
  test.each([
    ['ndjson', '{"event_id":1,"n":"1"}\n'],
    ['csv', 'event_id,n\n1,1\n'],
    ['line', 'event_id = 1\nn        = 1\n'],
    ['json', '[\n{"event_id":1,"n":"1"}\n]\n'],
  ])('prints %s', async (format, out) => {
    const sql = `select event_id, payload->>'n' as n from events order by 1`;
    expect(await run('query', '--remote', 'pg', sql, '--limit', '1', '--format', format)).toEqual({
      code: 0,
      out,
      err: '',
    });
  });

  test('prints the events of the remote by type', async () => {
    const { out } = await run('stats', '--remote', 'pg', '--format', 'csv');
    expect(out).toContain('log,2,0.6666666666666666,2026-11-28T00:00:00Z');
  });

  test.each([
    [['query', '--since', '1h'], /--since is for the events of the store/],
    [['query', '--param', 'a=1'], /--param is for the events of the store/],
    [['query', '--with', 'a=a.csv'], /--with is for the events of the store/],
    [['query', '--explain'], /--explain is for the events of the store/],
    [['query', '--out', 'a.parquet'], /cannot be written as Parquet/],
    [['stats', '--by', 'type'], /--by is for the events of the store/],
  ])('refuses %s', async ([command = '', ...options], message) => {
    const sql = command === 'query' ? ['select 1'] : [];
    const { code, err } = await run(command, ...sql, '--remote', 'pg', ...options);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });

  test('given a name that is no remote, then it says so', async () => {
    expect(await run('query', 'select 1', '--remote', 'nope')).toMatchObject({
      code: 1,
      err: expect.stringContaining('no remote has the name') as string,
    });
  });
});
