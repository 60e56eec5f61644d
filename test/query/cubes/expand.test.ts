import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, test } from 'vitest';
import { expandAliases } from '../../../src/query/cubes/expand.js';
import { parseSelect, selectText } from '../../../src/query/cubes/syntax.js';

/** The text of a query over a table with the columns `time` and `x`, with its aliases expanded. */
async function expand(sql: string): Promise<string> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const ask = async (query: string): Promise<string> =>
      String((await connection.runAndReadAll(query)).getRows()[0]![0]);
    const columns = (): Promise<ReadonlySet<string>> => Promise.resolve(new Set(['time', 'x']));
    return await selectText(ask, await expandAliases(await parseSelect(ask, sql), columns));
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

describe('aliases', () => {
  test.each([
    ['in GROUP BY', 'select x + 1 as a from t group by a', 'SELECT (x + 1) AS a FROM t GROUP BY (x + 1)'],
    ['of any case', 'select x + 1 as A from t group by a', 'SELECT (x + 1) AS A FROM t GROUP BY (x + 1)'],
    ['in WHERE', 'select x + 1 as a from t where a > 2', 'SELECT (x + 1) AS a FROM t WHERE ((x + 1) > 2)'],
    ['in HAVING', 'select max(x) as a from t having a > 2', 'SELECT max(x) AS a FROM t HAVING (max(x) > 2)'],
    ['of earlier columns', 'select x + 1 as a, a * 2 as b from t', 'SELECT (x + 1) AS a, ((x + 1) * 2) AS b FROM t'],
    ['selected by name', 'select x + 1 as a, a from t', 'SELECT (x + 1) AS a, (x + 1) AS a FROM t'],
    [
      'of subqueries',
      'select (select x + 1 as a from t group by a) as y',
      'SELECT (SELECT (x + 1) AS a FROM t GROUP BY (x + 1)) AS y',
    ],
  ])('%s are expanded', async (_, sql, expected) => {
    expect(await expand(sql)).toBe(expected);
  });

  test.each([
    ['a column has their name', 'SELECT (x + 1) AS x FROM t GROUP BY x'],
    ['a parameter has their name', 'SELECT x AS a, list_transform(main.list_value(1), lambda a: (a + 1)) FROM t'],
    ['they are written with a table', 'SELECT (x + 1) AS a FROM t GROUP BY t.a'],
    ['ORDER BY names them', 'SELECT (x + 1) AS a FROM t ORDER BY a'],
  ])('stay where %s', async (_, sql) => {
    expect((await expand(sql)).replaceAll('(lambda', 'lambda')).toContain(sql.slice(0, 24));
    expect(await expand(sql)).toBe(await expand(await expand(sql)));
    expect(await expand(sql)).not.toMatch(/(?:GROUP|ORDER) BY \(x/);
  });
});
