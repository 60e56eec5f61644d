import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, test } from 'vitest';
import { createFixture } from '../fixture.js';

/** The rows that a query has in the Parquet file that it is written to. */
async function written(events: readonly string[], sql: string, asked: string): Promise<unknown[]> {
  const fixture = createFixture(...events);
  const file = join(fixture.dir, 'out.parquet');
  writeFileSync(file, '');
  const session = await fixture.open({ writable: file });
  await session.copyTo(file, sql);
  const instance = await DuckDBInstance.create(':memory:');
  try {
    const connection = await instance.connect();
    return (await connection.runAndReadAll(`select ${asked} from read_parquet('${file}')`)).getRows();
  } finally {
    instance.closeSync();
  }
}

const ZEROS = Array.from({ length: 6000 }, (_, i) => `{"z":${i % 3 === 0 ? '-0.0' : '0.0'},"n":1.5}`);

describe('a Parquet file of a query', () => {
  test.each([
    ['select z', 'select z from events', 'z'],
    ['all columns', 'from events', 'z'],
    ['a float', 'select z::float as z from events', 'z'],
    ['a list', 'select [z] as z from events', 'z[1]'],
    ['a struct', `select {'a': z} as z from events`, 'z.a'],
    ['a sum and two columns of a name', 'select z, 1.5::double as z, sum(1) over () as s from events', 'z'],
  ])('keeps the sign of -0.0, given %s', async (_, sql, value) => {
    expect(await written(ZEROS, sql, `count(*), count(*) filter (signbit(${value}))`)).toEqual([[6000n, 2000n]]);
  });
});
