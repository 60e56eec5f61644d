import { describe, expect, test } from 'vitest';
import { CORE_COLUMNS, KIND } from '../../../src/core/attribute.js';
import { MAX_ATTRIBUTES } from '../../../src/core/limits.js';
import { seal } from '../../helpers/archive.js';
import { ask, column, createFixture, FIRST_RECEIVED } from '../fixture.js';

const RECEIVED = new Date(FIRST_RECEIVED / 1000).toISOString().replace('.000', '');

describe('time', () => {
  test.each([
    ['2024-07-03T05:16:55.563839Z', '2024-07-03T05:16:55.563839Z'],
    ['2024-07-03T05:16:55.563839123Z', '2024-07-03T05:16:55.563839Z'],
    ['2024-07-03T15:16:55.5+10:00', '2024-07-03T05:16:55.500Z'],
    ['2024-07-03T15:16:55+1000', '2024-07-03T05:16:55Z'],
    ['2024-07-03 15:16:55-08', '2024-07-03T23:16:55Z'],
    ['2024-07-03T05:16Z', '2024-07-03T05:16:00Z'],
    ['2024-07-03T05:16', '2024-07-03T05:16:00Z'],
    ['2024-07-03 05:16:55', '2024-07-03T05:16:55Z'],
    ['2024-07-03T05:16:55,25Z', '2024-07-03T05:16:55.250Z'],
    ['2024-07-03', '2024-07-03T00:00:00Z'],
    ['2024-07-03t05:16:55z', '2024-07-03T05:16:55Z'],
    [1720000000, '2024-07-03T09:46:40Z'],
    [1720000000.123456, '2024-07-03T09:46:40.123456Z'],
    ['1720000000', '2024-07-03T09:46:40Z'],
    [1720000000123, '2024-07-03T09:46:40.123Z'],
    [1720000000123456, '2024-07-03T09:46:40.123456Z'],
    ['1720000000123456789', '2024-07-03T09:46:40.123456Z'],
    [1.72e9, '2024-07-03T09:46:40Z'],
    ['2024-07-03 05:16:55 UTC', '2024-07-03T05:16:55Z'],
    ['2024-07-03T05:16:55.5GMT', '2024-07-03T05:16:55.500Z'],
    ['2024/07/03 05:16:55', '2024-07-03T05:16:55Z'],
    ['20240703T051655Z', '2024-07-03T05:16:55Z'],
    ['20240703T151655.123456789+1000', '2024-07-03T05:16:55.123456Z'],
    ['20240703T0516Z', '2024-07-03T05:16:00Z'],
    ['2024-07-03T15:16:55+10:00[Australia/Brisbane]', '2024-07-03T05:16:55Z'],
    ['2024-07-03T05:16:55Z[Etc/UTC][u-ca=iso8601]', '2024-07-03T05:16:55Z'],
    ['2024-07-03 15:16:55.563839123 +1000 AEST m=+0.000012345', '2024-07-03T05:16:55.563839Z'],
    ['2024-07-03 05:16:55 +0000 UTC', '2024-07-03T05:16:55Z'],
    ['2024-07-03 15:16:55 +1000 +1000', '2024-07-03T05:16:55Z'],
    ['2024-07-03T05:16:55.5638391Z', '2024-07-03T05:16:55.563839Z'],
    ['Wed, 03 Jul 2024 05:16:55 GMT', '2024-07-03T05:16:55Z'],
    ['Wed Jul  3 05:16:55 2024', '2024-07-03T05:16:55Z'],
    ['Wed Jul  3 05:16:55 UTC 2024', '2024-07-03T05:16:55Z'],
    ['Wed Jul 03 05:16:55.123456 2024', '2024-07-03T05:16:55.123456Z'],
    ['Wed Jul 03 2024 05:16:55 GMT+0200 (Central European Summer Time)', '2024-07-03T03:16:55Z'],
    ['3 Jul 2024 15:16:55 +1000', '2024-07-03T05:16:55Z'],
    ['03/Jul/2024:15:16:55 +1000', '2024-07-03T05:16:55Z'],
    ['[03/Jul/2024:05:16:55.123 +0000]', '2024-07-03T05:16:55.123Z'],
  ])('reads the time of %j in any session zone as %s', async (sent, expected) => {
    const fixture = createFixture({ ts: sent });
    for (const timezone of ['UTC', 'Australia/Sydney']) {
      const session = await fixture.open({ timezone });
      expect(
        await column(session, `select strftime(timezone('UTC', time), '%Y-%m-%dT%H:%M:%S.%f') from events`),
      ).toEqual([
        expected.replace(/(\.\d+)?Z$/, (_, fraction: string | undefined) => (fraction ?? '.').padEnd(7, '0')),
      ]);
    }
  });

  test.each([
    '',
    'yesterday',
    '2024-13-45T99:99:99Z',
    'infinity',
    0,
    -5,
    true,
    null,
    1e300,
    '9'.repeat(400),
    '1_000',
    ' ',
    '\u0000',
    [1720000000],
    { a: 1 },
    '2024-07-03T05:16:55+99:99',
    '03/Foo/2024:05:16:55 +0000',
    'Wed, 03 Jul 2024 05:16:55 EST',
    'Wed Jul 03 05:16:55 PST 2024',
    'Wed Jul 33 05:16:55 2024',
    'Wed Jul 03 05:16:55',
    '2024-07-03 05:16:55 and more',
  ])('takes the time of receipt for %j', async sent => {
    const session = await createFixture({ ts: sent, time: sent }).open();
    expect(await column(session, 'select time from events')).toEqual([RECEIVED]);
  });

  test.each([
    ['a number', { ts: 1e38 }],
    ['seconds and nanoseconds', { instant: { epochSecond: 9_223_372_036_855, nanoOfSecond: 5 } }],
  ])('takes the time of receipt for %s past all times, in many events', async (_, late) => {
    const events = Array.from({ length: 200 }, (__, i) => (i % 4 === 3 ? { other: i } : late));
    const fixture = createFixture(...events);

    for (const seals of [false, true]) {
      if (seals) await seal(fixture.dir);
      const session = await fixture.open();
      expect(await ask(session, 'select count(*), count(*) filter (time = received_at) from events')).toEqual([
        ['200', '200'],
      ]);
    }
  });

  test('is apart from another by more than 64 bits of microseconds', async () => {
    const session = await createFixture({ start_time: '0001-01-01T00:00:00Z', end_time: '9.2e21' }).open();
    expect(await column(session, 'select duration_ms > 9.2e15 from events')).toEqual(['true']);
  });

  test.each([
    ['a number of seconds before 1973 where another key holds a time', { time: 12.5, ts: '2024-01-01' }, '2024-01-01'],
    ['the same where no other key does', { time: 86_400.5 }, '1970-01-02'],
    ['a key that is a time only in some formats', { date: '2024-01-01' }, '2024-01-01'],
    ['a key of any case', { TimeStamp: '2024-01-01' }, '2024-01-01'],
    ['seconds and nanoseconds', { instant: { epochSecond: 1704067200, nanoOfSecond: 5 } }, '2024-01-01'],
    ['seconds and nanoseconds as texts', { timestampSeconds: '1704067200', timestampNanos: '5' }, '2024-01-01'],
    ['a date of eight digits in a text', { timestamp: '20251120', n: 1 }, '2025-11-20'],
    ['eight digits that are a number', { time: 20251120 }, '1970-08-23'],
    ['eight digits that are no date', { time: '20251320' }, '1970-08-23'],
    ['a time beside a date of eight digits', { time: '20251120', ts: '2025-11-21T08:00:00Z' }, '2025-11-21'],
    ['a leap second', { time: '2016-12-31T23:59:60Z' }, '2017-01-01'],
    ['a leap second of another zone', { time: '2017-01-01T05:29:60.5+05:30' }, '2017-01-01'],
    ['seconds alone', { timestamp: { seconds: 1704067200 } }, '2024-01-01'],
  ])('is read from %s', async (_, event, date) => {
    const session = await createFixture(event).open();
    expect(await column(session, `select time::date from events`)).toEqual([date]);
  });

  test('takes the first of several candidates that parses', async () => {
    const session = await createFixture(
      { timestamp: '2024-01-01', time: 'soon', event_time: null },
      { timestamp: '2024-01-01', time: '2024-02-02' },
      '"text"',
      '[1]',
    ).open();
    expect(await column(session, `select time::date from events where id < 3 order by id`)).toEqual([
      '2024-01-01',
      '2024-02-02',
    ]);
    expect(await column(session, `select count(*) from events where time = received_at`)).toEqual(['2']);
  });
});

describe('type and name', () => {
  test.each([
    [{ type: 'log', event_type: 'x' }, 'log', null],
    [{ event_type: 'behavior', event_name: 'click' }, 'behavior', 'click'],
    [{ telemetry_type: 'host' }, 'host', null],
    [{ type: null, event_type: 'e' }, 'e', null],
    [{ type: '', event_type: 'e' }, 'e', null],
    [{ type: 7 }, '7', null],
    [{ type: { a: 1 } }, 'event', null],
    [{ metric_name: 'cpu', metric_value: 1 }, 'metric', 'cpu'],
    [{ trace: { spanId: 'ab' }, name: 'GET /' }, 'trace', 'GET /'],
    [{ 'trace.spanId': 'ab' }, 'trace', null],
    [{ level: 'INFO', msg: 'hi' }, 'log', null],
    [{ level: 'INFO' }, 'event', null],
    [{ message: 'hi' }, 'event', null],
    [{ event: { id: 1 }, name: 'n' }, 'event', 'n'],
    [{ event: 'login' }, 'event', 'login'],
    ['"text"', 'event', null],
  ])('gives %j the type %s and the name %s', async (sent, type, name) => {
    const session = await createFixture(sent).open();
    expect(await ask(session, 'select type, name from events')).toEqual([[type, name]]);
  });

  test('finds candidates when more keys exist than are registered', async () => {
    const fixture = createFixture('{}');
    const register = fixture.db.prepare('insert into attributes(path, name, kinds) values (?, ?, ?)');
    for (let i = 0; i < MAX_ATTRIBUTES; i++) register.run(`["k${i}"]`, `k${i}`, KIND.string);
    fixture.db
      .prepare(
        `insert into events(stream_id, received_at, payload) values (1, 0, '{"level":"INFO","msg":"hi","event_name":"n"}')`,
      )
      .run();
    expect(await ask(await fixture.open(), 'select type, name from events where id = 2')).toEqual([['log', 'n']]);
  });
});

describe('attributes', () => {
  test('gives columns the narrowest type with all digits for keys of each kind', async () => {
    const session = await createFixture(
      '{"b":true,"i":9223372036854775807,"d":1.5,"mixed":1,"s":"x","list":[1,"2"],"n":null,"wide":18446744073709551616}',
      '{"b":null,"i":-1,"d":2,"mixed":"one","list":[],"wide":1}',
    ).open();
    const result = await session.query('select b, i, d, mixed, s, list, n, wide from events order by id');
    expect(result.columns.map(({ type }) => type)).toEqual([
      'BOOLEAN',
      'BIGINT',
      'DOUBLE',
      'VARCHAR',
      'VARCHAR',
      'JSON',
      'VARCHAR',
      'HUGEINT',
    ]);
    const rows = [];
    for await (const batch of result.batches) rows.push(...batch);
    expect(rows).toEqual([
      ['true', '9223372036854775807', '1.5', '1', 'x', '[1,"2"]', null, '18446744073709551616'],
      [null, '-1', '2', 'one', null, '[]', null, '1'],
    ]);
  });

  test('shares a column between nested and dotted leaves, objects as text', async () => {
    const session = await createFixture({ a: { b: 1 } }, { 'a.b': 2 }, { a: 'text' }, { A: { B: 3 } }).open();
    expect(await column(session, 'select "a.b" from events order by id')).toEqual(['1', '2', null, '3']);
    expect(await column(session, 'select a from events order by id')).toEqual(['{"b":1}', null, 'text', '{"B":3}']);
  });

  test.each([
    ['HUGEINT', ['1234567890123456789', '18446744073709551615', '-99999999999999999999999999999999999999']],
    ['VARCHAR', ['1', '-100000000000000000000000000000000000000']],
    ['DOUBLE', ['9007199254740992', '1.5']],
    ['JSON', ['[1]', '{"a":[1]}']],
    ['VARCHAR', ['7', '{"id":7}']],
    ['VARCHAR', ['true', '{"code":5}']],
    ['JSON', [null, '{"code":5}']],
  ])('a key is %s when its values are %j', async (type, values) => {
    const session = await createFixture(...values.map(value => `{"x":${value}}`)).open();

    expect(await ask(session, 'select typeof(x), x from events order by id')).toEqual(
      values.map(value => [type, value]),
    );
  });

  test('finds the values of keys of any spelling by name', async () => {
    const keys = [
      'sp ace',
      'quo"te',
      "apo'strophe",
      'a/b',
      'ti~lde',
      '$dollar',
      'emoji😀',
      'select',
      'new\nline',
      'ÄÖ',
      '0',
      '*',
      '[0]',
      '$.x',
    ];
    const session = await createFixture(Object.fromEntries(keys.map((key, i) => [key, i]))).open();
    for (const [i, key] of keys.entries()) {
      expect(await column(session, `select "${key.replaceAll('"', '""')}" from events`)).toEqual([String(i)]);
    }
  });

  test('keeps a core column when a key has its name; payload has the key', async () => {
    const session = await createFixture({ id: 'mine', Payload: 1, type: 'log' }).open();
    expect(await ask(session, `select id, payload->>'id', payload->>'Payload' from events`)).toEqual([
      ['1', 'mine', '1'],
    ]);
  });

  test('makes readable JSON payloads of text, binary and lone surrogates', async () => {
    const session = await createFixture(
      { sent: '"hello"' },
      { sent: '"aGk="', encoding: 'base64' },
      { sent: String.raw`{"a":"\ud800"}`, encoding: 'surrogate' },
      { sent: String.raw`{"a":"\u0000x"}` },
    ).open();
    expect(await ask(session, `select payload->>'$', encoding from events where id < 3 order by id`)).toEqual([
      ['hello', null],
      ['aGk=', 'base64'],
    ]);
    expect(await column(session, 'select a from events where id > 2 order by id')).toEqual(['\ufffd', '\0x']);
  });

  test('has the values of some of 400 attributes wherever a query reads them', async () => {
    const fixture = createFixture(Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`k${i}`, i])));
    const session = await fixture.open();
    expect(session.attributes).toHaveLength(400);
    expect(await column(session, 'select k377 from events where k3 = 3')).toEqual(['377']);
    expect(await column(session, 'select 1 union all select k5 from events')).toEqual(['1', '5']);
    expect(await column(session, 'select (select max(k6) from events) from range(1)')).toEqual(['6']);
    expect(
      await column(session, 'with e as materialized (from events) select e.k7 from e join events on e.k8 = events.k8'),
    ).toEqual(['7']);
    expect(await column(session, 'select count(*) from events where k9 = $nine', { nine: '9' })).toEqual(['1']);
    expect((await ask(session, 'explain analyze select k10 from events where k11 = 11')).join('')).toContain('k11');
    expect((await ask(session, 'select * from events'))[0]!.slice(CORE_COLUMNS.length)).toEqual(
      Array.from({ length: 400 }, (_, i) => String(i)),
    );
    fixture.add({ k12: 'text' });
    expect(await column(session, 'select k12 from events')).toEqual(['12', 'text']);
  });
});

test('has a view of streams', async () => {
  const session = await createFixture({ a: 1 }).open();
  expect(await ask(session, `select id, started_at, ended_at, transport, headers->'a'->>0 from streams`)).toEqual([
    ['1', RECEIVED, null, 'http', 'b'],
  ]);
});
