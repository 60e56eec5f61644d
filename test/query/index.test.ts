import { describe, expect, test } from 'vitest';
import { addIndex, dropIndexes, readIndexes } from '../../src/store/catalog/user-indexes.js';
import { explain } from '../../src/query/report/explain.js';
import { defineIndex } from '../../src/query/index-definition.js';
import { conjuncts } from '../../src/query/plan/conditions.js';
import { ask, createFixture, type Fixture } from './fixture.js';

async function index(fixture: Fixture, attribute: string, where?: string): Promise<boolean> {
  return addIndex(fixture.dir, await defineIndex(await fixture.open(), attribute, where));
}

/** The ids that a condition finds, the indexes it was found by and the rows read. */
async function find(
  fixture: Fixture,
  condition: string,
): Promise<{ ids: string[]; by: readonly string[]; read: number }> {
  const session = await fixture.open();
  const sql = `select id from events where ${condition} order by id`;
  const ids = (await ask(session, sql)).map(([id]) => String(id));
  const { journal } = await explain(session, sql, {});
  return { ids, by: journal.indexes, read: journal.rowsRead };
}

/** The ids that each condition finds, in one session. */
async function answers(fixture: Fixture, conditions: readonly string[]): Promise<string[][]> {
  const session = await fixture.open();
  const all = [];
  for (const condition of conditions) {
    const rows = await ask(session, `select id from events where ${condition} order by id`);
    all.push(rows.map(([id]) => String(id)));
  }
  return all;
}

describe('an index on an attribute', () => {
  test.each([
    [`status = 500`, ['2', '4']],
    [`status in (404, 500)`, ['2', '3', '4']],
    [`status > 404`, ['2', '4']],
    [`status between 300 and 450`, ['3']],
    [`status = 500 and svc = 'b'`, ['4']],
    [`svc = 'b' and status < 500 and ok`, []],
  ])('reads only the matching events for %s, whatever else is asked', async (condition, ids) => {
    const fixture = createFixture(
      { status: 200, svc: 'a', ok: true },
      { status: 500, svc: 'a', ok: true },
      { status: 404, svc: 'b', ok: false },
      { status: 500, svc: 'b', ok: true },
      { svc: 'b' },
    );
    await index(fixture, 'status');

    const found = await find(fixture, condition);

    expect(found).toMatchObject({ ids, by: ['status'] });
    expect(found.read).toBeLessThan(5);
  });

  test('finds events that come after the index was made', async () => {
    const fixture = createFixture({ user: 'ann' }, { user: 'bob' });
    await index(fixture, 'user');
    fixture.add({ user: 'ann' }, 'no JSON', { user: 7 }, { user: '7' });

    expect(await find(fixture, `"user" = 'ann'`)).toEqual({ ids: ['1', '3'], by: ['user'], read: 2 });
    expect(await find(fixture, `"user" = '7'`)).toEqual({ ids: ['5', '6'], by: ['user'], read: 2 });
  });

  test('gives the same answers as without an index for values that look alike', async () => {
    const values = [
      '5',
      5,
      5.0,
      '5.0',
      true,
      'true',
      null,
      'null',
      '',
      ' 5',
      9007199254740991,
      '9007199254740992',
      -0,
      1e20,
    ];
    const sent = values.map(v => `{"v":${JSON.stringify(v)}}`);
    const fixture = createFixture(
      ...sent,
      '{"v":9007199254740993}',
      '{"v":9007199254740992}',
      '{"v":5.00}',
      '{"v":5e0}',
    );
    const conditions = [
      '5',
      '5.0',
      '5.00',
      'true',
      'null',
      '',
      '9007199254740992',
      '9007199254740993',
      '0',
      '-0',
      "it''s",
    ].flatMap(text => [`v = '${text}'`, `v > '${text}'`]);
    const before = await answers(fixture, conditions);
    await index(fixture, 'v');

    expect(await answers(fixture, conditions)).toEqual(before);
  });

  test.each([
    [
      'integers past 53 bits',
      ['1', '9007199254740992', '9007199254740993', '-9007199254740993'],
      ['9007199254740992', '9007199254740993', '1'],
    ],
    [
      'doubles',
      ['0.1', '0.30000000000000004', '3', '-0.0', '1e300', '18446744073709551616'],
      ['0.1', '0.3', '3', '0', '18446744073709551616', '1e300'],
    ],
    ['booleans', ['true', 'false', 'null'], ['true', 'false']],
  ])('gives the same answers as without an index for %s', async (_, values, constants) => {
    const fixture = createFixture(...values.map(value => `{"v":${value}}`));
    const conditions = constants.flatMap(constant => ['=', '<', '>='].map(operator => `v ${operator} ${constant}`));
    const before = await answers(fixture, conditions);
    await index(fixture, 'v');

    expect(await answers(fixture, conditions)).toEqual(before);
    expect(
      (await find(fixture, conditions[0]!)).by.length + (await find(fixture, conditions.at(-3)!)).by.length,
    ).toBeGreaterThan(0);
  });

  test('is not used for a query that needs other events as well', async () => {
    const fixture = createFixture({ a: 1, b: 1 }, { a: 2, b: 2 });
    await index(fixture, 'a');

    expect(await find(fixture, 'a = 1 or b = 2')).toEqual({ ids: ['1', '2'], by: [], read: 2 });
    expect((await find(fixture, 'a = (select max(a) from events)')).ids).toEqual(['2']);
    expect(await ask(await fixture.open(), `select (select count(*) from events), b from events where a = 2`)).toEqual([
      ['2', '2'],
    ]);
    expect(
      await ask(await fixture.open(), `select a from (select '{"a":7}'::json as payload, a from events) where a = 2`),
    ).toEqual([['2']]);
  });

  test('is not used for more rows than it helps with', async () => {
    const fixture = createFixture({ a: 1 });
    fixture.db.exec(`insert into events(stream_id, received_at, payload)
      with recursive n(i) as (select 1 union all select i + 1 from n where i < 200000)
      select 1, 1800000000000000 + i, '{"a":1}' from n`);
    await index(fixture, 'a');

    const { journal, rows } = await explain(await fixture.open(), 'select a from events where a = 1', {});

    expect({ rows, ...journal }).toEqual({ rows: 200_001, rowsRead: 200_001, rowsSkipped: 0, indexes: [] });
  });

  test('does not hinder statements without a plan', async () => {
    const fixture = createFixture({ a: 1 });
    await index(fixture, 'a');
    const session = await fixture.open();

    expect((await ask(session, 'describe events')).length).toBeGreaterThan(9);
    expect((await ask(session, 'show tables')).flat()).toEqual(
      expect.arrayContaining(['events', 'logs', 'metrics', 'spans', 'streams']),
    );
  });

  test('is not used after it was dropped', async () => {
    const fixture = createFixture({ a: 1 }, { a: 2 });
    expect(await index(fixture, 'a')).toBe(true);
    expect(await index(fixture, 'a')).toBe(false);
    expect(dropIndexes(fixture.dir, 'A')).toBe(1);

    expect(await find(fixture, 'a = 1')).toEqual({ ids: ['1'], by: [], read: 2 });
    expect(() => dropIndexes(fixture.dir, 'a')).toThrow('there is no index on a');
    expect(fixture.db.prepare(`select 1 from sqlite_master where name like 'user_index%'`).get()).toBeUndefined();
  });

  test('is refused for an attribute that is unknown, an object or at two paths', async () => {
    const fixture = createFixture({ a: { b: 1 } }, { 'a.b': 2, list: [1] });

    await expect(index(fixture, 'nothing')).rejects.toThrow('no event has the attribute nothing');
    await expect(index(fixture, 'a.b')).rejects.toThrow('cannot be indexed');
    await expect(index(fixture, 'list')).rejects.toThrow('cannot be indexed');
  });
});

describe('a partial index', () => {
  test('is used for a query with its condition, else not', async () => {
    const fixture = createFixture(
      { type: 'log', level: 'ERROR', status: 500 },
      { type: 'log', level: 'INFO', status: 500 },
      { level: 'ERROR', message: 'm', status: 500 },
      { type: 'trace', level: 'ERROR', status: 500 },
    );
    await index(fixture, 'status', `type = 'log' and level = 'ERROR'`);

    const used = await find(fixture, `level = 'ERROR' and status = 500 and type = 'log'`);

    expect(used).toEqual({ ids: ['1', '3'], by: [`status where type = 'log' and level = 'ERROR'`], read: 2 });
    expect(await find(fixture, `level = 'ERROR' and status = 500`)).toEqual({ ids: ['1', '3', '4'], by: [], read: 4 });
  });

  test('is not used after other kinds of values came', async () => {
    const fixture = createFixture({ code: 'x', user: 'ann' }, { code: '5', user: 'ann' });
    await index(fixture, 'user', `code = '5'`);
    expect((await find(fixture, `code = '5' and "user" = 'ann'`)).by).toHaveLength(1);
    fixture.add({ code: 5, user: 'ann' });

    expect(await find(fixture, `code = '5' and "user" = 'ann'`)).toEqual({ ids: ['2', '3'], by: [], read: 3 });
  });

  test.each([`level is null`, `upper(level) = 'ERROR'`, `coalesce(level, '/type') = 'ERROR'`, `none = 1`])(
    'is refused for the condition %s',
    async where => {
      const fixture = createFixture({ level: 'ERROR', a: 1 });

      await expect(index(fixture, 'a', where)).rejects.toThrow('--where');
      expect(readIndexes(() => undefined)).toEqual([]);
    },
  );
});

test.each([
  [`((a = 1) AND (b = 2))`, ['(a = 1)', '(b = 2)']],
  [
    `(f(a, 'x AND (') AND (b BETWEEN 1 AND 2) AND ((c = 1) AND d))`,
    [`f(a, 'x AND (')`, '(b BETWEEN 1 AND 2)', '(c = 1)', 'd'],
  ],
  [`((a = 1) OR ((b = 2) AND (c = 3)))`, [`((a = 1) OR ((b = 2) AND (c = 3)))`]],
  [`(b BETWEEN 1 AND 2)`, [`(b BETWEEN 1 AND 2)`]],
  [`(a = 'it''s AND so')`, [`(a = 'it''s AND so')`]],
  [`(a) AND (b)`, [`(a) AND (b)`]],
])('splits the condition %s into %j', (condition, parts) => {
  expect(conjuncts(condition)).toEqual(parts);
});

describe('an index on a key that a core column is read from', () => {
  const spans = [
    { trace_id: 'ab', span_id: 'cd', service: 'web' },
    { trace_id: 'ef', span_id: '00', service: 'web' },
    { trace_id: 'ab', span_id: 'ef', service: 'db' },
  ];

  test.each([
    ['trace_id', `trace_id = 'ab'`, ['1', '3']],
    ['span_id', `span_id in ('cd', 'ef')`, ['1', '3']],
    ['service', `service = 'db' and trace_id = 'ab'`, ['3']],
  ])('on %s serves %s', async (name, where, ids) => {
    const fixture = createFixture(...spans);
    await index(fixture, name);
    expect(await find(fixture, where)).toEqual({ ids, by: [name], read: ids.length });
  });

  test('is not used once the column is read from another key as well', async () => {
    const fixture = createFixture(...spans);
    await index(fixture, 'trace_id');
    fixture.add({ traceId: 'ab' });
    expect(await find(fixture, `trace_id = 'ab'`)).toEqual({ ids: ['1', '3', '4'], by: [], read: 4 });
  });
});
