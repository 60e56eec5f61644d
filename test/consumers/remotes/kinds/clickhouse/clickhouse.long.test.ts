import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { clickhouse } from '../../../../../src/consumers/remotes/kinds/clickhouse/kind.js';
import type { Result } from '../../../../../src/core/result.js';
import { startEngine, type Engine } from '../../../../helpers/engines.js';
import { connectRemote, remoteOf } from '../../../../helpers/remotes.js';
import { payloads, readStore, temporaryStore } from '../../../../helpers/store.js';
import { addEvents, addRemote, ask, forward, forwardCommand, numbered, removeRemote, startForward } from './fixture.js';

const started = await startEngine('clickhouse');
const missing = 'missing' in started ? started.missing : undefined;

describe.skipIf(missing !== undefined)(`ClickHouse (${missing ?? 'chdb'})`, () => {
  const engine = started as Engine;
  let url = '';
  let tables = 0;
  let table = '';

  beforeAll(() => {
    url = engine.values.URL!;
  });
  afterAll(() => engine.stop());
  beforeEach(() => {
    table = `events_${++tables}`;
  });

  const options = () => ({ options: { table } });
  const counts = () => ask(url, `select count(), uniqExact(event_id) from ${table}`);

  test('given events, then a table has each with its columns and its payload', async () => {
    const dir = temporaryStore();
    const line =
      '{"type":"trace","time":"2026-05-01T10:00:00.123456789Z","name":"pay","service":"api","trace_id":"0af7651916cd43dd8448eb211c80319c","duration_ms":1.5,"n":9007199254740993,"nested":{"a":[1,"é☃"]},"gone":null}';
    addEvents(dir, [line]);
    addRemote(dir, url, options());

    expect(await forward(dir)).toMatchObject({ events: 1, rejected: 0, waiting: 0 });

    const columns = 'event_id, type, name, service, trace_id, duration_ms, time, time_ns, severity';
    expect((await ask(url, `select ${columns} from ${table}`)).split('\t')).toEqual([
      ...['1', 'trace', 'pay', 'api', '0af7651916cd43dd8448eb211c80319c', '1.5'],
      ...['2026-05-01 10:00:00.123456789', '1777629600123456789', '\\N'],
    ]);
    expect(await ask(url, `select payload_text from ${table} format TSVRaw`)).toBe(line);
    expect(await ask(url, `select payload.n, payload.nested.a, dynamicType(payload.time) from ${table}`)).toBe(
      "9007199254740993\t[1,'é☃']\tString",
    );
    const [store] = readStore<{ id: string; epoch: string }>(dir, 'select id, epoch from store');
    expect(await ask(url, `select store_id, epoch from ${table}`)).toBe(`${store!.id}\t${store!.epoch}`);
  });

  test('given what JSON does not hold, then payload is null and the text is whole', async () => {
    const dir = temporaryStore();
    const lines = ['"a text"', '[1,2]', '{"a":1e400}', '{"a":1,"a":2}', '{"a.b":1,"a":{"b":2}}'];
    addEvents(dir, lines);
    addRemote(dir, url, options());

    await forward(dir);

    expect(await ask(url, `select payload_text from ${table} order by event_id format TSVRaw`)).toBe(
      payloads(dir).join('\n'),
    );
    expect(await ask(url, `select groupArray(payload is null) from (select * from ${table} order by event_id)`)).toBe(
      '[1,1,1,0,0]',
    );
  });

  test('given times that DateTime64(9) does not hold, then another column has them', async () => {
    const dir = temporaryStore();
    const times = [
      '1600-02-29T00:00:00.000001Z',
      '1850-01-01T00:00:00Z',
      '2262-04-11T23:00:00Z',
      '9999-12-31T00:00:00Z',
    ];
    addEvents(
      dir,
      times.map(time => `{"time":"${time}"}`),
    );
    addRemote(dir, url, options());

    expect(await forward(dir)).toMatchObject({ events: 4, rejected: 0 });

    expect(await ask(url, `select toString(time), time_us, time_ns from ${table} order by event_id`)).toBe(
      [
        '1900-01-01 00:00:00.000000000\t-11670998399999999\t\\N',
        '1900-01-01 00:00:00.000000000\t-3786825600000000\t-3786825600000000000',
        '2262-04-11 23:00:00.000000000\t9223369200000000\t9223369200000000000',
        '2262-04-11 23:47:16.854774000\t253402214400000000\t\\N',
      ].join('\n'),
    );
  });

  test('given a constraint there, then the event that violates it is rejected', async () => {
    const dir = temporaryStore();
    addEvents(dir, numbered(1, 9));
    addRemote(dir, url, options());
    await forward(dir);
    await ask(url, `alter table ${table} add constraint small check event_id != 14`);
    addEvents(dir, numbered(10, 19));

    expect(await forward(dir)).toMatchObject({ events: 9, rejected: 1 });

    expect(await counts()).toBe('18\t18');
    const [reject] = readStore<{ event_id: number; reason: string }>(dir, 'select * from remote_rejects');
    expect(reject).toMatchObject({ event_id: 14, reason: expect.stringContaining('VIOLATED_CONSTRAINT') as string });
  });

  test('given a batch, then it is one block: a part a partition', async () => {
    const dir = temporaryStore();
    addEvents(dir, numbered(1, 15_000), Date.UTC(2026, 4, 1));
    addEvents(dir, numbered(15_001, 30_000), Date.UTC(2026, 5, 1));
    addRemote(dir, url, options());
    await forward(dir);

    const parts = `select uniqExact(partition), count() from system.parts where table = '${table}' and active`;
    expect(await ask(url, parts)).toBe('2\t2');
  });

  test('given a partition a day, then an insert that touches too many is halved', async () => {
    const dir = temporaryStore();
    addRemote(dir, url, options());
    await connectRemote(dir, clickhouse, remoteOf(url, options()));
    const create = await ask(url, `select create_table_query from system.tables where name = '${table}' format TSVRaw`);
    await ask(url, `drop table ${table}`);
    await ask(url, create.replace('toYYYYMM(received_at)', 'toYYYYMMDD(time)'));
    const day = (n: number): string => new Date(Date.UTC(2026, 0, n)).toISOString();
    addEvents(
      dir,
      Array.from({ length: 150 }, (_, i) => `{"time":"${day(i)}"}`),
    );

    expect(await forward(dir)).toMatchObject({ events: 150, rejected: 0 });
    expect(await ask(url, `select count(), uniqExact(_partition_id) from ${table}`)).toBe('150\t150');
  });

  describe('once', () => {
    test.each(['clickhouse:written', 'clickhouse:inserted'])(
      'given the forwarder killed at %s, then each event is there once',
      async step => {
        const dir = temporaryStore();
        addEvents(dir, numbered(1, 2500));
        addRemote(dir, url, { ...options(), batch: 1000 });

        expect(await forwardCommand(dir, { TELEMETRY_FAULT: step })).toBe('SIGKILL');
        // More events do not change the batch that is repeated.
        addEvents(dir, numbered(2501, 3000));
        await forward(dir);

        expect(await counts()).toBe('3000\t3000');
      },
    );

    test('given the engine killed during inserts, then each event is there once', async () => {
      let own = (await startEngine('clickhouse')) as Engine;
      const dir = temporaryStore();
      addEvents(dir, numbered(1, 40_000));
      addRemote(dir, own.values.URL!, { ...options(), batch: 5000 });
      try {
        for (const delay of [900, 600]) {
          const child = startForward(dir);
          await sleep(delay);
          process.kill(Number(own.values.PID), 'SIGKILL');
          await sleep(100);
          child.kill('SIGKILL');
          own = await own.again();
        }
        await forward(dir);
        expect(await ask(own.values.URL!, `select count(), uniqExact(event_id) from ${table}`)).toBe('40000\t40000');
      } finally {
        await own.stop();
      }
    });

    test('given an insert that stored one of two partitions, then a retry adds the other', async () => {
      const dir = temporaryStore();
      addEvents(dir, numbered(1, 20), Date.UTC(2026, 4, 1));
      addEvents(dir, numbered(21, 30), Date.UTC(2026, 5, 1));
      addRemote(dir, url, options(), 1);
      await forward(dir);
      const rows = await ask(
        url,
        `select * except (payload) from ${table} where toYYYYMM(received_at) = 202605 format JSONEachRow`,
      );
      const [store] = readStore<{ id: string; epoch: string }>(dir, 'select id, epoch from store');
      await ask(url, `truncate table ${table}`);
      removeRemote(dir);
      addRemote(dir, url, options(), 2);
      const token = `${store!.id}:${store!.epoch}:far:2:0-30`;
      await ask(url, rows, { query: `insert into ${table} format JSONEachRow`, insert_deduplication_token: token });
      expect(await counts()).toBe('20\t20');

      await forward(dir);

      expect(await counts()).toBe('30\t30');
    });

    test('given a remote that is made again, then its events are others', async () => {
      const dir = temporaryStore();
      addEvents(dir, numbered(1, 10));
      addRemote(dir, url, { ...options(), where: 'n <= 4' }, 1);
      await forward(dir);
      removeRemote(dir);
      addRemote(dir, url, { ...options(), where: 'n > 4' }, 2);
      await forward(dir);

      expect(await counts()).toBe('10\t10');
    });
  });

  describe('tables that exist', () => {
    const connect = () => connectRemote(temporaryStore(), clickhouse, remoteOf(url, options()));

    test('given one with other columns, then it is refused by name with the difference', async () => {
      await ask(url, `create table ${table} (event_id String, time DateTime) engine = MergeTree order by event_id`);
      await expect(connect()).rejects.toThrow(
        `the table default.${table} has other columns than an events table: it has no column store_id, it has no column epoch, event_id is String and not UInt64`,
      );
    });

    test('given no deduplication window, then the error has the statement to add one', async () => {
      await connect();
      await ask(url, `alter table ${table} modify setting non_replicated_deduplication_window = 0`);
      await expect(connect()).rejects.toMatchObject({
        message: `the table default.${table} does not notice repeated inserts`,
        remedy: expect.stringContaining('modify setting non_replicated_deduplication_window = 10000') as string,
      });
    });

    test('given one of another engine, then it is refused', async () => {
      await connect();
      const columns = await ask(
        url,
        `select create_table_query from system.tables where name = '${table}' format TSVRaw`,
      );
      await ask(url, `drop table ${table}`);
      await ask(url, columns.replace(/ENGINE = MergeTree.*/s, 'ENGINE = Memory'));
      await expect(connect()).rejects.toThrow(`the table default.${table} has the engine Memory`);
    });

    test('given one with more columns and another order, then it is used', async () => {
      await connect();
      await ask(url, `alter table ${table} add column day Date default toDate(time)`);
      await expect(connect()).resolves.toMatchObject({
        description: expect.stringContaining(`table default.${table} (MergeTree), payload as JSON`) as string,
      });
    });
  });

  test('given no such database, then the error says so and names the statement', async () => {
    const other = url.replace('/default', '/nowhere');
    await expect(connectRemote(temporaryStore(), clickhouse, remoteOf(other))).rejects.toMatchObject({
      message: 'ClickHouse has no database "nowhere"',
      remedy: 'Create it there: create database `nowhere`',
    });
  });

  test('given a password, then it is sent, and a wrong one is an error without it', async () => {
    const folder = temporaryStore();
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'credentials'), 'writer:open sésame');
    const own = (await startEngine('clickhouse', folder)) as Engine;
    try {
      const withPassword = (password: string): string =>
        own.values.URL!.replace('//', `//writer:${encodeURIComponent(password)}@`);
      const connection = await connectRemote(temporaryStore(), clickhouse, remoteOf(withPassword('open sésame')));
      expect(connection.description).toContain('ClickHouse');
      const refused = connectRemote(temporaryStore(), clickhouse, remoteOf(withPassword('guess')));
      await expect(refused).rejects.toThrow(/AUTHENTICATION_FAILED/);
      await expect(refused).rejects.not.toThrow(/guess/);
    } finally {
      await own.stop();
    }
  });

  describe('reading back', () => {
    const read = async (sql: string, style?: { timezone: string; time: 'iso' | 'readable' }) => {
      const { signal } = new AbortController();
      const reader = (await clickhouse.read!({
        ...{ remote: remoteOf(url, options()), store: { id: '', epoch: '' }, dir: '', folder: '', signal },
      })) as { query(sql: string, style?: object): Promise<Result>; close(): Promise<void> };
      try {
        const { columns, batches } = await reader.query(sql, style);
        const rows = [];
        for await (const batch of batches) rows.push(...batch);
        return { kinds: columns.map(({ kind }) => kind), types: columns.map(({ type }) => type), rows };
      } finally {
        await reader.close();
      }
    };

    test('given values of many types, then each is exact and has its kind', async () => {
      const { kinds, rows } =
        await read(`select 18446744073709551615::UInt64, toInt256(-1), 1.10::Decimal(9, 2), 0.1::Float32,
        nan, -inf, true, 'a"b\\n☃', null, toUUID('61f0c404-5cb3-11e7-907b-a6006ad3dba0'), [1, null]::Array(Nullable(UInt64)),
        '{"a":{"b":18446744073709551615}}'::JSON, toDateTime64('2026-05-01 10:00:00.123456789', 9, 'UTC'),
        toDateTime('2026-05-01 10:00:00', 'UTC'), toDate('2026-05-01'), 'x'::LowCardinality(Nullable(String)), map('k', 'a/b')`);
      expect(rows).toEqual([
        [
          ...['18446744073709551615', '-1', '1.1', '0.1', 'NaN', '-Infinity', 'true', 'a"b\n☃', null],
          ...['61f0c404-5cb3-11e7-907b-a6006ad3dba0', '[1,null]', '{"a":{"b":18446744073709551615}}'],
          ...['2026-05-01T10:00:00.123456789Z', '2026-05-01T10:00:00Z', '2026-05-01', 'x', '{"k":"a/b"}'],
        ],
      ]);
      expect(kinds).toEqual([
        ...['number', 'number', 'number', 'number', 'number', 'number', 'boolean', 'text', 'text', 'text'],
        ...['json', 'json', 'time', 'time', 'time', 'text', 'json'],
      ]);
    });

    test('given a time zone, then times and functions of dates are in it', async () => {
      const { rows } = await read(
        `select toDateTime64('2026-05-01 10:00:00.000000001', 9, 'UTC'), toHour(fromUnixTimestamp(0))`,
        { timezone: 'Asia/Kolkata', time: 'readable' },
      );
      expect(rows).toEqual([['2026-05-01 15:30:00.000000001', '5']]);
    });

    test('given many rows, then all are read, and an early end is none', async () => {
      const { rows } = await read('select number, toString(number) from numbers(123456)');
      expect(rows).toHaveLength(123_456);
      expect(rows.at(-1)).toEqual(['123455', '123455']);
      await expect(read('select 1 where 0')).resolves.toMatchObject({ rows: [], kinds: ['number'] });
    });

    test.each([
      ['create table other (a Int8) engine = Memory', /READONLY/],
      ['select 1; select 2', /Multi-statements/],
      ['select 1 settings readonly = 0', /READONLY/],
      ["select 1 into outfile '/tmp/never'", /OUTFILE/],
      ['select nothing from nowhere', /UNKNOWN_TABLE/],
      ['select throwIf(number = 100000) from numbers(200000)', /throwIf/],
      [' ', /no SQL statement/],
      ['select from where', /Syntax error/],
      ['select 1 +', /Syntax error/],
      ['select 1 format JSON', /Syntax error|FORMAT/],
    ])('given %s, then it is an error of SQL', async (sql, message) => {
      const refused = read(sql);
      await expect(refused).rejects.toMatchObject({ kind: 'sql', message: expect.stringMatching(message) as string });
      // What is added to the statement is not for the user.
      await expect(refused).rejects.not.toThrow(/JSONCompact/);
    });
  });

  test.each([
    ['clickhouse:///x', /no host/],
    ['clickhouse://h/a/b', /ends with the database/],
    ['clickhouse://h/a?x=1', /ends with the database/],
  ])('given the URL %s, then it is refused', (other, message) => {
    expect(() => clickhouse.check(remoteOf(other))).toThrow(message);
  });
});
