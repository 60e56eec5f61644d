import { readdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openSession, type SessionOptions } from '../../src/query/session.js';
import { ReadyStores } from '../../src/query/ready-stores.js';
import { seal } from '../helpers/archive.js';
import { ask, column, createFixture, type Fixture } from './fixture.js';

const MEMORY = 512 * 1024 ** 2;

/** Sessions of ready stores, each of which ends after its question. */
function questionsOf(fixture: Fixture): (sql: string, options?: Partial<SessionOptions>) => Promise<unknown[]> {
  const readyStores = new ReadyStores(fixture.dir, MEMORY);
  onTestFinished(() => readyStores.close());
  readyStores.renew();
  return async (sql, options = {}) => {
    const session = await openSession({ dir: fixture.dir, readyStores, ...options });
    try {
      return await ask(session, sql);
    } finally {
      session.close();
      readyStores.renew();
    }
  };
}

test('a question sees the events that came after its store was opened', async () => {
  const fixture = createFixture({ a: 1 });
  const question = questionsOf(fixture);
  expect(await question('select count(*) from events')).toEqual([['1']]);

  fixture.add({ a: 2, b: 'new' });
  expect(await question('select max(a), max(b) from events')).toEqual([['2', 'new']]);
  await seal(fixture.dir);
  fixture.add({ a: 3 });
  expect(await question('select a, b from events order by id')).toEqual([
    ['1', null],
    ['2', 'new'],
    ['3', null],
  ]);
});

test('each question has its own zone and bounds', async () => {
  const fixture = createFixture({ time: '2026-11-22T23:30:00Z', a: 1 }, { time: '2026-11-23T10:00:00Z', a: 2 });
  await seal(fixture.dir);
  const question = questionsOf(fixture);
  const day = 'select a, strftime(time, $$%d %H$$) from events order by a';
  const since = Date.UTC(2026, 10, 23) * 1000;

  for (let round = 0; round < 2; round++) {
    expect(await question(day)).toEqual([
      ['1', '22 23'],
      ['2', '23 10'],
    ]);
    expect(await question(day, { timezone: 'Asia/Tokyo' })).toEqual([
      ['1', '23 08'],
      ['2', '23 19'],
    ]);
    expect(await question(day, { since })).toEqual([['2', '23 10']]);
    expect(await question(day, { since, until: since })).toEqual([]);
    expect(await question('select a from events', { fromId: 2 })).toEqual([['2']]);
    expect(await question('select a, payload from events where a = 1', { rebuildsPayload: false })).toEqual([
      ['1', null],
    ]);
    expect(await question('select payload from events where a = 1')).toEqual([
      ['{"time":"2026-11-22T23:30:00Z","a":1}'],
    ]);
  }
  await expect(question(day, { timezone: 'Mars/Olympus' })).rejects.toMatchObject({ kind: 'usage' });
  expect(await question('select count(*) from events')).toEqual([['2']]);
});

test('a question leaves no column, view or setting to the next', async () => {
  const fixture = createFixture({ a: 1 });
  const question = questionsOf(fixture);
  const columns = `select column_name from (describe select * from events)`;
  const before = await question(columns);
  const views = await question('select view_name from duckdb_views() where not internal order by all');

  expect(await question('select min("deployment.environment") from events')).toEqual([[null]]);
  expect(await question('select count(*) from alerts')).toEqual([['0']]);
  await expect(question('set threads = 1')).rejects.toMatchObject({ kind: 'sql' });
  await expect(question('select nothing from events')).rejects.toMatchObject({ kind: 'sql' });
  expect(await question(columns)).toEqual(before);
  expect(await question('select view_name from duckdb_views() where not internal order by all')).toEqual(views);
});

test('the seed of a question is not that of the next', async () => {
  const fixture = createFixture({ a: 1 });
  const question = questionsOf(fixture);
  const drawn = new Set<string>();
  for (let round = 0; round < 3; round++) {
    await question('select setseed(0.42)');
    drawn.add(JSON.stringify(await question('select random(), uuid()')));
  }

  expect(drawn.size).toBe(3);
});

test('the columns that one question names are not what the next is told of', async () => {
  const fixture = createFixture({ a: 1, b: 2, c: 3 });
  await seal(fixture.dir);
  const question = questionsOf(fixture);
  const told = `select count(name) from pragma_table_info('eve' || 'nts')`;
  const before = await question(told);

  expect(await question('select a from events')).toEqual([['1']]);
  expect(await question(told)).toEqual(before);
  expect(await question('select -- count(\n* from events limit 0')).toEqual([]);
});

test('each question tells of a damaged segment', async () => {
  const fixture = createFixture({ a: 1 }, { a: 2 });
  await seal(fixture.dir);
  const question = questionsOf(fixture);
  expect(await question('select sum(a) from events')).toEqual([['3']]);

  const file = readdirSync(join(fixture.dir, 'archive'), { recursive: true, encoding: 'utf8' }).find(name =>
    name.endsWith('.parquet'),
  );
  truncateSync(join(fixture.dir, 'archive', file!), 100);
  for (let round = 0; round < 3; round++) {
    const told: number[] = [];
    const onDamaged = ({ id }: { readonly id: number }): void => void told.push(id);
    expect(await question('select sum(a) from events', { onDamaged })).toEqual([[null]]);
    expect(told).toEqual([1]);
  }
});

test('sessions at once have stores of their own', async () => {
  const fixture = createFixture({ a: 1 });
  const readyStores = new ReadyStores(fixture.dir, MEMORY);
  onTestFinished(() => readyStores.close());
  const open = (): ReturnType<typeof openSession> => openSession({ dir: fixture.dir, readyStores });
  const sessions = await Promise.all([open(), open(), open()]);

  expect(await Promise.all(sessions.map(session => column(session, 'select a from events')))).toEqual([
    ['1'],
    ['1'],
    ['1'],
  ]);
  for (const session of sessions) session.close();
  const next = await open();
  expect(await column(next, 'select a from events')).toEqual(['1']);
  next.close();
});

test('the files of one question are not those of the next', async () => {
  const fixture = createFixture({ a: 1 });
  const readyStores = new ReadyStores(fixture.dir, MEMORY);
  onTestFinished(() => readyStores.close());
  const writable = join(fixture.dir, 'out.parquet');
  const now = vi.spyOn(performance, 'now').mockReturnValue(100);
  onTestFinished(() => now.mockRestore());
  const first = await openSession({ dir: fixture.dir, readyStores, writable });
  await first.copyTo(writable, 'select a from events');
  first.close();
  const second = await openSession({ dir: fixture.dir, readyStores });

  await expect(second.copyTo(writable, 'select a from events')).rejects.toMatchObject({ kind: 'sql' });
  second.close();
});

test('a session that is closed twice leaves its store to the next', async () => {
  const fixture = createFixture({ a: 1 });
  const readyStores = new ReadyStores(fixture.dir, MEMORY);
  onTestFinished(() => readyStores.close());
  const open = (): ReturnType<typeof openSession> => openSession({ dir: fixture.dir, readyStores });
  const first = await open();
  await column(first, 'select a from events');
  first.close();
  const second = await open();
  const third = await open();
  await column(third, 'select a from events');
  third.close();
  first.close();

  expect(await column(second, 'select a from events')).toEqual(['1']);
  second.close();
});

test('between questions the log of the store can be written back and emptied', async () => {
  const fixture = createFixture({ a: 1 });
  const question = questionsOf(fixture);
  await question('select a from events');
  fixture.add({ a: 2 });

  expect(fixture.db.pragma('wal_checkpoint(truncate)')).toEqual([{ busy: 0, log: 0, checkpointed: 0 }]);
  expect(await question('select count(*) from events')).toEqual([['2']]);
});

test('a question on a store that has gone gets its error', async () => {
  const readyStores = new ReadyStores('/nowhere/at/all', MEMORY);
  onTestFinished(() => readyStores.close());
  readyStores.renew();

  await expect(openSession({ dir: '/nowhere/at/all', readyStores })).rejects.toMatchObject({ kind: 'noStore' });
});
