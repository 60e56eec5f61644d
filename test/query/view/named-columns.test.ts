import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { needsOf } from '../../../src/query/view/core-needs.js';
import { openSession, type Session } from '../../../src/query/session.js';
import { messageOf } from '../../../src/core/errors.js';
import { seal } from '../../helpers/archive.js';
import { ask, createSharedFixture, type Fixture } from '../fixture.js';

const isNamed = (sql: string): boolean => needsOf(sql, { attributes: [], objects: [] }).named !== undefined;

test.each([
  'select type, count(*) from events group by type',
  'SELECT a FROM events;',
  'select distinct a from events where b = 1 order by a limit 5',
  `select 'from events e' from events`,
  'select 1',
  'select count ( * ) from events',
])('names all columns that it reads: %s', sql => {
  expect(isNamed(sql)).toBe(true);
});

test.each([
  'select * from events',
  'select e from events e',
  'select e.a from events as e',
  'select events from events',
  'select to_json(events) from events',
  'select events.a from events',
  'select #1 from events',
  'select columns(c -> true) from events',
  'select a from events, streams',
  'select a from events join streams on true',
  'select x from (select a as x from events)',
  'with e as (select a from events) select a from e',
  'select a from events tablesample 10%',
  'from events select a',
  'describe events',
  'explain select a from events',
  'summarize select a from events',
  'select column_name from information_schema.columns',
  `select count(name) from pragma_table_info('eve' || 'nts')`,
  'select relnatts from pg_class',
  'select count(*) from streams',
  'select -- count(\n* from events limit 0',
])('may read columns that it does not name: %s', sql => {
  expect(isNamed(sql)).toBe(false);
});

describe.each(['parquet', 'ndjson', 'duckdb'])('a view of %s with the columns that statements name', kind => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = createSharedFixture(
      { type: 'a', n: 1, 'x.y': 2, 'quo"te': 'q', message: 'one', Level: 'info', nested: { deep: [1] } },
      { type: 'b', n: 2.5, 'x.y': null, 'quo"te': 'r', message: 'two', odd: 'only here' },
    );
    await seal(fixture.dir, undefined, kind);
    // Files whose columns differ in type.
    const values = ['[1,  2]', '[1]', '"text"', 'true', '"2026-11-30T10:00:00.000Z"', '12', '9'.repeat(30)];
    for (const json of values) {
      fixture.add({ sent: `{"type":"mixed","mixed":${json},"message":${json},"timestamp":${json}}` });
      await seal(fixture.dir, undefined, kind);
    }
    fixture.add({ type: 'c', n: 'text', message: 'three', late: true });
  });
  afterAll(() => fixture.remove());

  test.each([
    'select type, count(*) from events group by type order by type',
    'select n, "x.y", "quo""te", LEVEL, "nested.deep" from events order by id',
    'select n from events where odd is not null',
    'select mixed from events order by id',
    'select message from events order by id',
    'select "timestamp" from events order by id',
    'select type, count(mixed), max("timestamp") from events group by type order by type',
    'select payload from events order by id',
    'select message from events where late order by id',
    'select count(*) from events where "X.Y" = 2',
    'select n as late from events group by all order by all',
    'select id, stream_id, received_at is null, "encoding", insert_datetime = received_at from events order by id',
    'select severity, service, trace_id, duration_ms, NAME from events order by id',
    'select n as severity from events order by severity desc, stream_id',
    'select max(len(payload::varchar)) from events where span_id is null',
    'select encode from events',
    'select absent from events',
    'select lat from events',
    'select sum(message) from events',
    'select min("deployment.environment") from events',
    'select nosuchfunction(n) from events',
  ])('answers as one with all columns: %s', async sql => {
    const answer = async (session: Session): Promise<unknown> => {
      try {
        const result = await session.query(sql);
        const rows: unknown[] = [];
        for await (const batch of result.batches) rows.push(...batch);
        return { columns: result.columns, rows };
      } catch (error) {
        return messageOf(error);
      }
    };

    const [wide, narrow] = [await openSession(fixture), await openSession(fixture)];
    onTestFinished(() => [wide, narrow].forEach(session => session.close()));
    await ask(wide, 'select * from events');
    expect(await answer(narrow)).toEqual(await answer(wide));
    // The same session answers other statements as well.
    expect(await ask(narrow, 'select * from events order by id')).toEqual(
      await ask(wide, 'select * from events order by id'),
    );
  });

  test('reads payloads that no statement before has named', async () => {
    const narrow = await fixture.open();
    await ask(narrow, 'select count(*) from events where type = $$a$$');

    expect(await ask(narrow, `select json_keys(payload)[1] from events where type = 'a'`)).toEqual([['type']]);
  });
});
