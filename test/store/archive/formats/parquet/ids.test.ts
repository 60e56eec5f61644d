import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writtenFacts, type WrittenFacts } from '../../../../../src/store/archive/formats/parquet/ids.js';
import { readStatistics } from '../../../../../src/store/archive/formats/parquet/statistics.js';
import { openDuckDB } from '../../../../../src/store/archive/open-duckdb.js';
import { makeDirectory } from '../../../../helpers/store.js';
import { removeDirectory } from '../../../../helpers/remove-directory.js';

let dir: string;
let connection: DuckDBConnection;

beforeAll(async () => {
  dir = makeDirectory();
  connection = await (await openDuckDB(':memory:', { threads: '1' })).connect();
  await connection.run(`set TimeZone = 'UTC'`);
});

afterAll(() => {
  connection.closeSync();
  removeDirectory(dir);
});

test.each([
  ['times with and without fractions', ['2026-01-01 00:00:00+00', '2026-01-01 00:00:00.25+00'], ['a']],
  ['times before 1970 and after 9999', ['0044-03-15 12:00:00+00', '12026-01-01 00:00:00+00'], ['a']],
  ['an infinite time', ['infinity', '2026-01-01 00:00:00+00'], ['a']],
  ['no time', [null], ['a']],
  ['an empty id', ['2026-01-01 00:00:00+00'], ['', '4bf92f35']],
  ['an id of zeros', ['2026-01-01 00:00:00+00'], ['0000', '4bf92f35', null]],
  ['an id of zeros after a lesser one', ['2026-01-01 00:00:00+00'], ['0-1', '00']],
  ['ids that begin with zeros', ['2026-01-01 00:00:00+00'], ['0000a', '1']],
  ['no id', ['2026-01-01 00:00:00+00'], [null]],
])('the statistics of a file with %s say what its rows say', async (_, times, ids) => {
  const { told, read } = await factsOf(times, ids);

  expect(told).toEqual(read);
});

/** The facts of a file with the times and ids, found with its statistics, and read from its rows. */
async function factsOf(
  times: readonly (string | null)[],
  ids: readonly (string | null)[],
): Promise<{ told: WrittenFacts; read: WrittenFacts }> {
  const file = join(dir, 'facts.parquet');
  const list = (texts: readonly (string | null)[]): string =>
    `[${texts.map(text => (text === null ? 'null' : `'${text}'`)).join(', ')}]`;
  const written = await connection.runAndReadAll(
    `copy (select unnest(${list(times)}::timestamptz[]) as "time", unnest(${list(ids)}::varchar[]) as "an ""id""")
     to '${file}' (format parquet, parquet_version v2, return_stats)`,
  );
  const find = readStatistics(written);
  return {
    told: await writtenFacts(connection, file, ['an "id"'], find),
    read: await writtenFacts(connection, file, ['an "id"'], () => undefined),
  };
}
