import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { QUOTED_WORDS } from '../../../src/query/sql/keywords.js';

test('the words that need quotes are those of DuckDB', async () => {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const read = await connection.runAndReadAll(
    `select keyword_name from duckdb_keywords() where keyword_category in ('reserved', 'type_function') order by 1`,
  );
  connection.closeSync();
  instance.closeSync();

  expect([...QUOTED_WORDS].sort()).toEqual(read.getRows().map(([word]) => word));
});
