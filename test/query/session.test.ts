import { describe, expect, test } from 'vitest';
import { TelemetryError } from '../../src/core/errors.js';
import { ask, column, createFixture, FIRST_RECEIVED } from './fixture.js';

const numbers = (count: number): object[] => Array.from({ length: count }, (_, i) => ({ n: i + 1 }));

describe('a session', () => {
  test('says that the store is missing', async () => {
    const { openSession } = await import('../../src/query/session.js');
    await expect(openSession({ dir: '/nonexistent/store' })).rejects.toMatchObject({ kind: 'noStore' });
  });

  test('reads more rows than a chunk in id order and counts them', async () => {
    const session = await createFixture(...numbers(5000)).open();
    const ids = await column(session, 'select id from events');
    expect(ids).toEqual(Array.from({ length: 5000 }, (_, i) => String(i + 1)));
    expect(await column(session, 'select count(*) from events')).toEqual(['5000']);
    expect(await column(session, 'select count(*) from events a join events b on a.n = b.id')).toEqual(['5000']);
  });

  test('returns no rows of an empty store', async () => {
    const session = await createFixture().open();
    expect(await ask(session, 'select id, type, time, name from events')).toEqual([]);
    expect(await column(session, 'select count(*) from events')).toEqual(['0']);
  });

  test('shows a committed row with its new column to the next query', async () => {
    const fixture = createFixture({ a: 1 });
    const session = await fixture.open();
    expect(await column(session, 'select count(*) from events')).toEqual(['1']);
    fixture.add({ a: 'text', b: true });
    expect(await column(session, 'select count(*) from events')).toEqual(['2']);
    expect(await ask(session, 'select a, b from events order by id')).toEqual([
      ['1', null],
      ['text', 'true'],
    ]);
  });

  test('reads the state at its start while rows are pruned and added', async () => {
    const fixture = createFixture(...numbers(20_000));
    const session = await fixture.open();
    const result = await session.query('select n from events');
    let [rows, sum] = [0, 0];
    for await (const batch of result.batches) {
      if (rows === 0) fixture.db.exec('delete from events where id > 3000');
      if (rows === 0) fixture.add({ n: 1_000_000 });
      rows += batch.length;
      for (const [n] of batch) sum += Number(n);
    }
    expect([rows, sum]).toEqual([20_000, 200_010_000]);
    expect(await column(session, 'select count(*) from events')).toEqual(['3001']);
  });

  test.each([
    ["select case when range = $last then error('not this one') else range::varchar end from range(3000000)"],
    ["with r as (from range(3000000)) from r select if(range = $last, error('not this one'), range::varchar)"],
    ["(select 0) union all select if(range = $last, error('not this one'), range) from range(3000000)"],
  ])('reports the reason when %s fails after some rows, and runs the next query', async sql => {
    const session = await createFixture({ n: 1 }).open();
    const result = await session.query(sql, { last: '2000000' });
    let rows = 0;
    const reading = (async () => {
      for await (const batch of result.batches) rows += batch.length;
    })();
    await expect(reading).rejects.toMatchObject({ kind: 'sql', message: 'Invalid Input Error: not this one' });
    expect(rows).toBeGreaterThan(0);
    expect(await column(session, 'select count(*) from events')).toEqual(['1']);
  });

  test('closes, or runs the next query, after one that was left half way', async () => {
    const fixture = createFixture(...numbers(20_000));
    const session = await fixture.open();
    for await (const batch of (await session.query('select * from events')).batches) {
      expect(batch.length).toBeGreaterThan(0);
      break;
    }
    expect(await column(session, 'select count(*) from events')).toEqual(['20000']);
    await session.query('select * from events a, events b');
    session.close();
    fixture.db.pragma('wal_checkpoint(truncate)');
    expect(fixture.db.pragma('wal_checkpoint(truncate)')).toEqual([{ busy: 0, log: 0, checkpointed: 0 }]);
  });

  test('shows only events within the bounds in time or id', async () => {
    const fixture = createFixture(...numbers(10));
    const at = (second: number): number => FIRST_RECEIVED + second * 1_000_000;
    const ids = async (options: object): Promise<(string | null)[]> =>
      column(await fixture.open(options), 'select id from events');
    expect(await ids({ since: at(7) })).toEqual(['8', '9', '10']);
    expect(await ids({ since: at(7) + 1 })).toEqual(['9', '10']);
    expect(await ids({ until: at(2) })).toEqual(['1', '2']);
    expect(await ids({ since: at(2), until: at(4) })).toEqual(['3', '4']);
    expect(await ids({ since: at(99) })).toEqual([]);
    expect(await ids({ until: at(-1) })).toEqual([]);
    expect(await ids({ fromId: 9 })).toEqual(['9', '10']);
    expect(await column(await fixture.open({ since: at(99) }), 'select count(*) from events')).toEqual(['0']);
  });

  test('polls only new rows with a moving start', async () => {
    const fixture = createFixture(...numbers(3));
    const session = await fixture.open();
    const sql = 'select id from events';
    const seen: (string | null)[] = [];
    let from = 1;
    for (let round = 0; round < 4; round++) {
      const { lastId } = await session.refresh({ fromId: from });
      if (lastId >= from) seen.push(...(await column(session, sql)));
      from = lastId + 1;
      if (round !== 1) fixture.add({ n: 1 }, { [`key${round}`]: 1 });
    }
    expect(seen).toEqual(['1', '2', '3', '4', '5', '6', '7']);
    expect(session.attributes.map(({ name }) => name)).toEqual(['n', 'key0', 'key2']);
  });

  test('binds numbers, booleans and null as such and all else as text', async () => {
    const session = await createFixture().open();
    const types = 'select typeof($a), typeof($b), typeof($c), typeof($d), typeof($e), typeof($f), $g is null, $f';
    expect(
      await ask(session, types, {
        a: '5',
        b: '1.5',
        c: 'true',
        d: '9223372036854775808',
        e: 'x y',
        f: '"5"',
        g: 'null',
      }),
    ).toEqual([['BIGINT', 'DOUBLE', 'BOOLEAN', 'HUGEINT', 'VARCHAR', 'VARCHAR', 'true', '5']]);
    expect(await ask(session, 'select $a + $a', { a: '9007199254740993' })).toEqual([['18014398509481986']]);
    expect(await ask(session, 'select $a', { a: `'; drop view events; --` })).toEqual([[`'; drop view events; --`]]);
    await expect(session.query('select $a, $b', { a: '1' })).rejects.toMatchObject({ kind: 'usage' });
    await expect(session.query('select $toString')).rejects.toMatchObject({ kind: 'usage' });
  });

  test('ends a query on abort as interrupted, or with the reason of the abort', async () => {
    const fixture = createFixture(...numbers(3000));
    const endless = 'select sum(a.n * b.n * c.n) from events a, events b, events c';
    for (const reason of [undefined, new TelemetryError('failure', 'too long')]) {
      const controller = new AbortController();
      const session = await fixture.open({ signal: controller.signal });
      setTimeout(() => controller.abort(reason), 50);
      await expect(ask(session, endless)).rejects.toMatchObject({ kind: reason ? 'failure' : 'interrupted' });
      await expect(ask(session, 'select 1')).rejects.toMatchObject({ kind: reason ? 'failure' : 'interrupted' });
      session.close();
    }
  });

  test('refuses an unknown time zone as a usage error', async () => {
    await expect(createFixture().open({ timezone: 'Mars/Olympus' })).rejects.toMatchObject({ kind: 'usage' });
  });
});
