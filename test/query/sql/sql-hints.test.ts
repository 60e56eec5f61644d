import { describe, expect, test } from 'vitest';
import { TelemetryError } from '../../../src/core/errors.js';
import { ask, createFixture } from '../fixture.js';

const open = () =>
  createFixture(
    { type: 'log', level: 50, msg: 'a', start: '2026-11-28T10:00:00Z', start_ms: 1_795_000_000_000 },
    { type: 'trace', kind: 'server', 'http.route': '/x', trace: { spanId: '1' }, env: 'us-east-1', dur: 1.5 },
    { timestamp: '2026-11-28T10:00:00Z', service_name: 'api', duration_ms: 3, at: 'info', To: 'a@b.c' },
  ).open();

async function errorOf(sql: string): Promise<TelemetryError> {
  const outcome: unknown = await ask(await open(), sql).catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(TelemetryError);
  return outcome as TelemetryError;
}

describe('the remedy of a SQL error', () => {
  test.each([
    ['select http.route from events', `"http.route", in a shell string of double quotes \\"http.route\\"`],
    ['select events.http.route from events', '"http.route"'],
    ['select e.trace.spanid from events e', '"trace.spanId"'],
    ['select http.rout from events', 'near attributes: http.route'],
    ['select e.sevrity from events e', 'near attributes: severity'],
    ['select 1 from events where kind like "s%"', "kind like 's%'"],
    ['select acct.id from events', 'No event has "acct.id" yet, and a name with dots needs double quotes'],
    ['select events.acct.id from events', 'No event has "acct.id" yet'],
    ['select 1 from events where kind="server"', "kind = 'server'"],
    ['select 1 from events where kind == "server"', "kind = 'server'"],
    ['select 1 from events where kind=server', "kind = 'server'"],
    ['select 1 from events where kind != server', "kind = 'server'"],
    ['select 1 from events where env = us-east-1', "env = 'us-east-1'"],
    ['select 1 from events where env in (us, eu)', "'us'"],
    ['select 1 from events where e.env = us', "'us'", 'events e'],
    ['select 1 from events where kind = “server”', "kind = 'server'"],
    ['select 1 from events where level=error', "severity = 'ERROR'"],
    ['select at, type from events', 'the attribute needs double quotes: "at"'],
    ["select type from events where at = 'info'", '"at"'],
    ['select type from events order by at', '"at"'],
    ['select to from events', '"To"'],
  ])('names the quotes that work: %s', async (sql, remedy, from = 'events') => {
    expect((await errorOf(sql.replace('from events', `from ${from}`))).remedy).toContain(remedy);
  });

  test.each([
    ["select 1 from events where level = 'ERROR'", "severity = 'ERROR'", "level::varchar = 'ERROR'"],
    ["select 1 from events where level in ('error', 'warn')", "severity = 'ERROR'", 'level::varchar'],
    ["select 1 from events where 'ERROR' = level", "severity = 'ERROR'", 'level::varchar'],
    ['select 1 from events where level = msg', 'level is a number', 'level::varchar = msg'],
    ["select 1 from events where level like 'E%'", 'level is a number', 'level::varchar'],
    ["select 1 from events where upper(level) = 'E'", 'level is a number', 'level::varchar'],
    ["select 1 from events where dur > '5s'", 'dur is a number', 'such as 5'],
    ["select 1 from events where id = 'abc'", 'id is a number', "id::varchar = 'abc'"],
    ['select msg::int from events', 'Not every value of msg', 'try_cast(msg as integer)'],
  ])('explains a number compared with text: %s', async (sql, ...parts) => {
    const { remedy } = await errorOf(sql);
    for (const part of parts) expect(remedy).toContain(part);
  });

  test.each([
    ['\\d', '`show tables` lists the views'],
    ['.tables', '`show tables` lists the views'],
    ['.schema events', '`describe events` the columns'],
    ['logs', 'from logs'],
    ['spans where duration_ms > 5', 'from spans'],
    ['trace', 'from spans'],
    ["severity = 'ERROR'", '`from events where`'],
    ['select id from events limit 5, 10', 'limit 10 offset 5'],
    ['select top 5 id from events', 'limit 5 at the end'],
    ["select * from 'users.csv'", '--with t=users.csv "from t"'],
  ])('tells SQL from what is not: %s', async (sql, remedy) => {
    expect((await errorOf(sql)).remedy).toContain(remedy);
  });

  describe('of texts taken for numbers, and fields for names', () => {
    const mixed = () =>
      createFixture(
        { level: 'info', status: '200', host: 'h', 'host.name': 'x', service: 'api' },
        { level: 50, status: '503' },
      ).open();

    test.each([
      ['level >= 40', `compare severity, such as severity in ('ERROR', 'FATAL')`],
      ['level between 30 and 40', 'compare severity'],
      ['level = 40', 'compare severity'],
      ['level in (30, 40)', 'compare severity'],
      ['severity > 3', `severity in ('ERROR', 'FATAL')`],
      ['status >= 500', 'try_cast(status as double)'],
      ['service.name is null', '"service.name"'],
      ['host.name is null', '"host.name"'],
      [`payload.level = 'warn'`, `payload ->> 'level'`],
      [`payload.a.b = 'warn'`, `payload -> 'a' ->> 'b'`],
      [`id like '1%'`, 'id::varchar'],
    ])('%s', async (condition, remedy) => {
      const session = await mixed();
      const error: unknown = await ask(session, `select 1 from events where ${condition}`).catch((e: unknown) => e);
      expect(error).toMatchObject({ remedy: expect.stringContaining(remedy) as string });
    });

    test('p90(status)', async () => {
      const session = await mixed();
      const error: unknown = await ask(session, 'select p90(status) from events').catch((e: unknown) => e);
      expect(error).toMatchObject({ remedy: expect.stringContaining('try_cast(status as double)') as string });
    });
  });

  test.each([
    ['select 1 from events where start > now() - interval 1 hour', 'start::timestamptz'],
    ['select 1 from events where now() < start', 'start::timestamptz'],
    ['select 1 from events where "start" between now() - interval 1 day and now()', '"start"::timestamptz'],
    ['select start - time from events', 'start::timestamptz'],
    [`select date_trunc('hour', start) from events`, 'start::timestamptz'],
    ['select avg(msg) from events', 'try_cast(msg as double)'],
    ['select 1 from events where start_ms > now()', 'to_timestamp(start_ms / 1e3)'],
    [`select 1 from events where time > '1h'`, 'now() - interval 1 hour'],
  ])('names the cast to a time: %s', async (sql, remedy) => {
    expect((await errorOf(sql)).remedy).toContain(remedy);
  });

  test.each([
    ['select 1 from tracing', 'spans'],
    ['select 1 from trace', `events where type = 'trace'`],
    ['select 1 from log', 'logs'],
    ['select 1 from metric', 'metrics'],
    ['select 1 from requests', 'streams'],
    ['select 1 from nothing', 'The views are events and streams'],
  ])('names a view by its meaning: %s', async (sql, remedy) => {
    const { message, ...error } = await errorOf(sql);
    expect(error.remedy).toContain(remedy);
    expect(message).not.toContain('Did you mean');
  });

  test.each([
    ['ts', 'time'],
    ['created_at', 'time'],
    ['duration', 'duration_ms'],
    ['spanId', 'trace.spanId'],
    ['loglevel', 'level'],
  ])('names for the column %s the one that means it: %s', async (wrong, column) => {
    expect((await errorOf(`select "${wrong}" from events where "${wrong}" is not null`)).remedy).toMatch(
      new RegExp(`^near attributes: .*\\b${column.replace('.', '\\.')}\\b`),
    );
  });

  test('points at the right name in a long statement, which DuckDB cuts', async () => {
    const long = Array.from({ length: 40 }, (_, i) => `level > ${i}`).join(' and ');
    const { message, remedy } = await errorOf(`select id from events where ${long} and kind = "server" and ${long}`);
    expect(message).toContain('...');
    expect(remedy).toContain("kind = 'server'");
  });

  test('leaves out most of a long list of candidates', async () => {
    const { message } = await errorOf('select start - time from events');
    expect(message).toMatch(/\.\.\. \(\d+ more\)/);
    expect(message.split('\n').length).toBeLessThan(15);
  });
});

describe('p50, p90, p95 and p99', () => {
  test('are interpolated as quantile_cont does, in any case, also in a group', async () => {
    const session = await createFixture(...Array.from({ length: 101 }, (_, n) => ({ n, even: n % 2 === 0 }))).open();
    expect(await ask(session, 'select p50(n), P90(n), p95(n), p99(n + 0.5) from events')).toEqual([
      ['50', '90', '95', '99.5'],
    ]);
    expect(await ask(session, 'select even, p50(n) from events group by even order by even')).toEqual([
      ['false', '50'],
      ['true', '50'],
    ]);
    await session.check('select p99(n) from events');
  });

  test.each([
    ['select p95(dur) filter (where true) from events', 'quantile_cont(x, 0.95)'],
    ['select p90(dur) filter (where true) from events', 'quantile_cont(x, 0.9)'],
    ['select p75(dur) from events', 'quantile_cont(x, 0.75)'],
    ['select percentile(dur, 75) from events', 'quantile_cont'],
    ['select `http.route` from events', 'not in backticks'],
  ])('are explained where they do not fit: %s', async (sql, remedy) => {
    expect((await errorOf(sql)).remedy).toContain(remedy);
  });
});
