import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { refreshCube } from '../../../src/consumers/cubes/refresh.js';
import { cubeStatuses } from '../../../src/consumers/cubes/status.js';
import { removeCube } from '../../../src/consumers/cubes/remove.js';
import { verifyCube } from '../../../src/consumers/cubes/verify.js';
import { removeObject } from '../../../src/store/catalog/objects.js';
import { openForWriting } from '../../../src/store/database/store.js';
import { cubeFixture, HOURLY } from './fixture.js';

const at = (time: string, more: object = {}): object => ({ type: 'trace', service: 'a', v: 1, time, ...more });

describe('a cube', () => {
  test('takes a late event into its bucket and computes no other', async () => {
    const cubes = cubeFixture();
    cubes.send(at('2026-01-01T00:10:00Z'), at('2026-01-01T05:10:00Z'));
    await cubes.create();
    expect(await cubes.refresh()).toMatchObject({ events: 2, buckets: 2 });
    cubes.send(at('2026-01-01T00:20:00Z', { v: 7 }));
    expect(await cubes.ask('select n, total from hourly order by bucket')).toEqual([
      ['2', '8'],
      ['1', '1'],
    ]);
    expect(await cubes.refresh()).toMatchObject({ events: 1, buckets: 1 });
  });

  test.each(['parquet', 'ndjson', 'csv', 'duckdb'])('is the same when its events are sealed as %s', async kind => {
    const cubes = cubeFixture();
    cubes.send(at('2026-01-01T00:10:00Z'));
    await cubes.create();
    await cubes.refresh();
    await cubes.seal(kind);
    cubes.send(at('2026-01-01T00:20:00Z', { v: 3 }));
    expect(await cubes.ask('select * from hourly')).toEqual(await cubes.ask(HOURLY));
    expect(await cubes.refresh()).toMatchObject({ buckets: 1 });
    expect(await cubes.ask('select * from hourly')).toEqual(await cubes.ask(HOURLY));
  });

  test('counts the late events of a frozen bucket', async () => {
    const cubes = cubeFixture();
    cubes.send(at('2026-01-01T00:10:00Z'), at('2026-01-01T00:20:00Z'), at('2026-01-01T01:00:00Z'));
    await cubes.create();
    await cubes.refresh();
    await cubes.prune(`time < '2026-01-01T00:15:00Z'`);
    cubes.send(at('2026-01-01T00:30:00Z'));
    expect(await cubes.ask('select n from hourly order by bucket')).toEqual([['2'], ['1']]);
    expect(await cubes.refresh()).toMatchObject({ frozen: 1, lateDropped: 1 });
    const [status] = cubeStatuses(cubes.dir);
    expect(status).toMatchObject({ buckets: { live: 1, frozen: 0, partial: 1 }, lateDropped: 1, lag: 0 });
  });

  test('keeps its time zone whatever that of the query is', async () => {
    const cubes = cubeFixture();
    cubes.send(at('2026-01-01T23:30:00Z'), at('2026-01-02T10:00:00Z'));
    const sql = `select date_trunc('day', time) as day, count(*) as n from events group by 1`;
    await cubes.create({ name: 'daily', sql, bucket: 'day', timezone: 'Europe/Berlin' });
    const expected = [['2026-01-01T23:00:00Z', '2']];
    expect(await cubes.ask('select * from daily')).toEqual(expected);
    await cubes.refresh('daily');
    expect(await cubes.ask('select * from daily')).toEqual(expected);
  });

  test('is rebuilt when an attribute has another type', async () => {
    const cubes = cubeFixture();
    cubes.send(at('2026-01-01T00:10:00Z'));
    const sql = `select date_trunc('day', time) as day, max(v) as most from events group by 1`;
    await cubes.create({ name: 'daily', sql, bucket: 'day' });
    await cubes.refresh('daily');
    cubes.send(at('2026-01-02T00:10:00Z', { v: 1.5 }));
    expect(await cubes.refresh('daily')).toMatchObject({ buckets: 2 });
    expect(cubeStatuses(cubes.dir)[0]?.note).toBe('rebuilt for new types of columns: most is DOUBLE, was BIGINT');
    expect(await cubes.ask('select most from daily order by day')).toEqual([['1'], ['1.5']]);
  });

  test('may read another cube, which then cannot be removed', async () => {
    const cubes = cubeFixture();
    cubes.send(at('2026-01-01T00:10:00Z'), at('2026-01-01T01:10:00Z'));
    await cubes.create();
    const sql = `select date_trunc('day', bucket) as day, sum(n) as n from hourly group by 1`;
    const daily = await cubes.create({ name: 'daily', sql, bucket: 'day' });
    expect(daily.definition.whole).toBe('it reads the cube hourly');
    await cubes.refresh();
    await cubes.refresh('daily');
    cubes.send(at('2026-01-01T02:10:00Z'));
    expect(await cubes.ask('select n from daily')).toEqual([['3']]);
    expect(() => removeCube(cubes.dir, 'hourly', 1)).toThrow('the cube daily reads hourly');
  });

  test('removes buckets past --keep and their late events', async () => {
    const cubes = cubeFixture();
    cubes.send(at('2020-01-01T00:10:00Z'), at(new Date().toISOString()));
    await cubes.create({ keepMs: 86_400_000 });
    await cubes.refresh();
    cubes.send(at('2020-01-01T00:20:00Z'));
    expect(await cubes.ask('select n from hourly')).toEqual([['1']]);
    expect(await cubes.refresh()).toMatchObject({ lateDropped: 1 });
  });

  test.each([
    ['it reads the cube hourly', `select date_trunc('day', bucket) as day, sum(n) from hourly group by 1`],
    ['day has the type BIGINT', `select year(time) as day, count(*) from events group by 1`],
  ])('refuses --keep where it would remove nothing, or all: %s', async (reason, sql) => {
    const cubes = cubeFixture();
    cubes.send(at('2026-01-01T00:10:00Z'));
    await cubes.create();
    await expect(cubes.create({ name: 'daily', sql, bucket: 'day', keepMs: 1 })).rejects.toThrow(reason);
  });

  test('over another cube waits for its refresh when it is verified', async () => {
    const cubes = cubeFixture();
    cubes.send(at('2026-01-01T00:10:00Z'));
    await cubes.create();
    const sql = `select date_trunc('day', bucket) as day, sum(n) as n from hourly group by 1`;
    const daily = await cubes.create({ name: 'daily', sql, bucket: 'day' });
    await cubes.refresh('daily');
    expect(await verifyCube(cubes.dir, daily)).toMatchObject({ checked: 1, touched: 0, differing: [] });
    cubes.send(at('2026-01-01T02:10:00Z'));
    expect(await verifyCube(cubes.dir, daily)).toMatchObject({ checked: 0, touched: 1, differing: [] });
  });

  test('may have a condition on its bucket by name', async () => {
    const cubes = cubeFixture();
    cubes.send(at('2026-01-01T00:10:00Z'), at('2025-01-01T00:10:00Z'));
    const sql = `select time_bucket(interval 1 hour, time) as bucket, count(*) as n from events
      where bucket >= '2026-01-01' group by all`;
    await cubes.create({ sql });
    await cubes.refresh();
    expect(await cubes.ask('select n from hourly')).toEqual([['1']]);
  });

  test('that cannot be read hides no other table from a list', async () => {
    const cubes = cubeFixture();
    cubes.send(at('2026-01-01T00:10:00Z'));
    cubes.view('traces_of_a', `select * from events where service = 'a'`);
    const sql = `select time_bucket(interval 1 hour, time) as h, count(*) as n from traces_of_a group by h`;
    await cubes.create({ sql, bucket: 'h' });
    removeObject(cubes.dir, 'view', 'traces_of_a');
    await expect(cubes.ask('from hourly')).rejects.toThrow('traces_of_a does not exist');
    expect((await cubes.ask('show tables')).flat()).toEqual(expect.arrayContaining(['events', 'hourly']));
  });

  test('keeps the meaning of an alias when an attribute gets its name', async () => {
    const cubes = cubeFixture();
    cubes.send(at('2026-01-01T00:10:00Z'), at('2026-01-01T00:40:00Z', { service: 'B' }));
    const sql = `select time_bucket(interval 1 hour, time) as h, upper(service) as who, count(*) as n, n * 10 as tens
      from events where who <> 'Z' group by h, who having n > 0`;
    const { definition } = await cubes.create({ sql, bucket: 'h' });
    expect(definition.whole).toBeUndefined();
    await cubes.refresh();
    cubes.send(at('2026-01-01T00:20:00Z', { h: 'text', who: 'Z', n: -1 }));
    const expected = [
      ['A', '2', '20'],
      ['B', '1', '10'],
    ];
    expect(await cubes.ask('select who, n, tens from hourly order by who')).toEqual(expected);
    await cubes.refresh('hourly', true);
    expect(await cubes.ask('select who, n, tens from hourly order by who')).toEqual(expected);
    expect(await verifyCube(cubes.dir, cubes.cube())).toMatchObject({ checked: 1, differing: [] });
  });

  test('keeps the meaning of an alias when each refresh computes it as a whole', async () => {
    const cubes = cubeFixture();
    cubes.send(at('2026-01-01T00:10:00Z'));
    const sql = `with e as (from events) select date_trunc('hour', time) as h, count(*) as n from e group by h order by h limit 5`;
    await cubes.create({ sql, bucket: 'h' });
    cubes.send(at('2026-01-01T00:20:00Z', { h: 'text' }));
    expect(await cubes.ask('select n from hourly')).toEqual([['2']]);
    await cubes.refresh();
    expect(await cubes.ask('select n from hourly')).toEqual([['2']]);
  });

  test('has its rows when a statement lists tables and reads it', async () => {
    const cubes = cubeFixture();
    cubes.send(at('2026-01-01T00:10:00Z'));
    await cubes.create();
    expect(await cubes.ask(`select n, (select count(*) > 5 from duckdb_views()) from hourly`)).toEqual([['1', 'true']]);
  });

  test('has few files however often it is refreshed', async () => {
    const cubes = cubeFixture();
    cubes.send(at('2026-01-01T00:00:00Z'));
    await cubes.create();
    for (let i = 0; i < 12; i++) {
      cubes.send(at(`2026-01-0${1 + (i % 9)}T00:10:00Z`, { i }));
      await cubes.refresh();
    }
    expect(await cubes.ask('select * from hourly order by all')).toEqual(
      await cubes.ask(`from (${HOURLY}) order by all`),
    );
    expect(cubeStatuses(cubes.dir)[0]!.files).toBeLessThan(6);
    expect(readdirSync(join(cubes.dir, 'cubes')).length).toBeLessThan(12);
  });

  test('verify names a bucket that differs, and rebuild mends it', async () => {
    const cubes = cubeFixture();
    cubes.send(at('2026-01-01T00:10:00Z'), at('2026-01-01T01:10:00Z'));
    const cube = await cubes.create();
    await cubes.refresh();
    const db = openForWriting(cubes.dir);
    // A change of a payload that no part of the product makes.
    db.prepare(`update events set payload = replace(payload, '"v":1', '"v":5') where id = 1`).run();
    db.close();
    expect((await verifyCube(cubes.dir, cube))?.differing).toEqual([{ bucket: '2026-01-01T00:00:00Z', rows: 1 }]);
    await cubes.refresh('hourly', true);
    expect((await verifyCube(cubes.dir, cube))?.differing).toEqual([]);
  });

  test('refuses to store buckets when it is removed during a refresh', async () => {
    const cubes = cubeFixture();
    cubes.send(at('2026-01-01T00:10:00Z'));
    const cube = await cubes.create();
    removeCube(cubes.dir, 'hourly', 1);
    await expect(refreshCube(cubes.dir, cube, { now: () => 1 })).rejects.toThrow('was removed during its refresh');
    expect(existsSync(join(cubes.dir, 'cubes', 'unfinished.parquet'))).toBe(false);
  });
});

describe('create refuses', () => {
  test.each([
    ['select now() as bucket, count(*) from events group by 1', 'cannot call now'],
    ["select date_trunc('day', time) as bucket, list(id) from events group by 1", 'depends on the order'],
    ["select date_trunc('day', time) as bucket, json_group_array(id) from events group by 1", 'depends on the order'],
    ['select time as bucket from events', 'has to aggregate'],
    ["select date_trunc('day', time) as bucket, count(*) from hourly group by 1", 'would read itself'],
    ["select date_trunc('day', time) as day, count(*) from events group by 1", 'has no column of that name'],
    ["select date_trunc('day', time) as bucket, random() + count(*) from events group by 1", 'cannot call random'],
  ])('%s', async (sql, message) => {
    await expect(cubeFixture().create({ sql })).rejects.toThrow(message);
  });
});

describe('create says that a refresh computes as a whole', () => {
  test.each([
    ["select date_trunc('day', time) as bucket, count(*) from events group by 1 limit 5", 'it has a LIMIT'],
    [
      "select date_trunc('day', a.time) as bucket, count(*) from events a join events b using (id) group by 1",
      'it does not read one table alone',
    ],
    ['select hour(time) as bucket, count(*) from events group by 1', 'bucket is not known to grow with time'],
    [
      "with e as (from events) select date_trunc('day', time) as bucket, count(*) from e group by 1",
      'it has a WITH clause',
    ],
  ])('%s', async (sql, reason) => {
    expect((await cubeFixture().create({ sql })).definition).toMatchObject({ whole: reason });
  });
});
