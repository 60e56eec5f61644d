import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scanSql } from '../../../src/query/sql/scan-sql.js';
import { splitStatements } from '../../../src/query/sql/split-sql.js';
import { propertyRuns } from '../../helpers/property-runs.js';

describe('the scanner of SQL', () => {
  test.each([
    ['select 1; select 2', 2],
    ['select 1 /* a /* b */ ; */ ; select 2', 2],
    ['select 1 as foo$a$; select 2 as b$a$', 2],
    ['select 1 -- x\r; select 2', 2],
    ['select $$a;b$$; select 2', 2],
    ['select $a$ ; $b$ ; $a$; select 1', 2],
    [`select e'a\\'; b'; select 'a\\'; select 3`, 3],
    ['select 1 as "a;""b"; select 1', 2],
    [`select ';''' ; ;; select 2 -- ;`, 2],
  ])('finds the statements of %s', (sql, count) => {
    expect(splitStatements(sql)).toHaveLength(count);
  });

  test.each([
    [`select 'it''s`, 'string'],
    [`select e'a\\'`, 'string'],
    ['select "a""', 'name'],
    ['select $x$ $y$', 'dollar'],
    ['select /* /* */', 'comment'],
    [`select 'a' -- '`, undefined],
    ['', undefined],
  ])('tells that %s is open in a %s', (sql, open) => {
    expect(scanSql(sql).open).toBe(open);
  });

  test('splits any text into as many statements as DuckDB does', async () => {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    const piece = fc.constantFrom(
      ...[';', ' ; ', "';'", "'a''b;'", "e'\\';'", '$$;$$', '$t$ ; $$ $t$', '"a;b"', '/* ; */', '/* /* ; */ ; */'],
      ...['-- ;\n', '-- ;\r', ' a ', ' a$b$ ', '1', ' + ', ', ', ' as x', ' select 1', '\n', "'\n;'", ' é$;'],
    );
    let compared = 0;
    try {
      await fc.assert(
        fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async pieces => {
          const sql = `select 1 ${pieces.join('')}`;
          const counted = await connection.extractStatements(sql).then(
            ({ count }) => count,
            () => undefined,
          );
          if (counted === undefined) return;
          compared++;
          expect(splitStatements(sql)).toHaveLength(counted);
        }),
        { numRuns: propertyRuns(500) },
      );
    } finally {
      connection.closeSync();
      instance.closeSync();
    }
    expect(compared).toBeGreaterThan(100);
  });
});
