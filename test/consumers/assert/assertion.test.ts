import { describe, expect, test } from 'vitest';
import { assertionsOf } from '../../../src/consumers/assert/assertion.js';
import { countedRows } from '../../../src/consumers/assert/violations.js';

describe('the assertions of a text', () => {
  test('are named by a comment right before them, else by their text', () => {
    const text = `-- A file of checks.

-- name: no errors
-- (of this week)
select 1;
-- just a comment
select 2; select   3

-- far away

;
select ';--' as "-- name: x"`;

    expect(assertionsOf(text).map(({ name }) => name)).toEqual([
      'no errors',
      'just a comment',
      'select 3',
      `select ';--' as "-- name: x"`,
    ]);
  });

  test('have short names', () => {
    const [assertion] = assertionsOf(`select ${'1 + '.repeat(100)}1`);

    expect(assertion!.name).toHaveLength(100);
  });
});

describe('the rows behind a count', () => {
  test.each([
    ['select count(*) = 0 from logs where a > 1', 'from logs where a > 1', 2],
    ['SELECT count(*) <= 5 AS few FROM (select 1 from a group by 1)', 'FROM (select 1 from a group by 1)', 2],
    ['select count(*) > 0 from logs', 'from logs', 0],
  ])('are known for %s', (sql, rest, rows) => {
    const counted = countedRows(sql, 3);

    expect(counted?.count).toBe(`select count(*) ${rest}`);
    expect(counted?.rows).toHaveLength(rows);
  });

  test.each([
    'select count(*) = 0 from logs group by service',
    'select count(*) = 0 from logs limit 1',
    'select count(*) = 0 and count(*) < 5 from logs',
    'select count(*) filter (where a) = 0 from logs',
    'select count(*) = 0, 1 from logs',
    'select 1 = 0',
    'with a as (select 1) select count(*) = 0 from a',
    'select count(*) = 0 from a union all select true',
  ])('are unknown for %s', sql => {
    expect(countedRows(sql, 3)).toBeUndefined();
  });
});
