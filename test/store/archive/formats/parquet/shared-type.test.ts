import { DuckDBInstance } from '@duckdb/node-api';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { seal } from '../../../../helpers/archive.js';
import { commandInProcess } from '../../../../helpers/command-in-process.js';
import { post } from '../../../../helpers/http.js';
import { openTestJournal } from '../../../../helpers/journal.js';
import { serveInProcess } from '../../../../helpers/server-in-process.js';
import { temporaryStore } from '../../../../helpers/store.js';
import { propertyRuns } from '../../../../helpers/property-runs.js';

/** Stores values as events of one type. */
async function send(store: string, values: readonly string[]): Promise<void> {
  const server = await serveInProcess({ store, args: ['--seal-after', '1h'] });
  await post(server.url, linesOf(values).join('\n'));
  await server.end();
}

/** The same without a server. */
function append(store: string, values: readonly string[]): void {
  const journal = openTestJournal(store);
  journal.appendText(linesOf(values));
  journal.close();
}

const linesOf = (values: readonly string[]): string[] => values.map((value, i) => `{"type":"m","n":${i},"x":${value}}`);

/** The types of the column `x` in the files of a store, by their first ids. */
async function typesOf(store: string): Promise<unknown[]> {
  const instance = await DuckDBInstance.create(':memory:');
  onTestFinished(() => instance.closeSync());
  const connection = await instance.connect();
  const files = readdirSync(join(store, 'archive'), { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.parquet'))
    .sort();
  const types: unknown[] = [];
  for (const file of files) {
    const rows = await connection.runAndReadAll(
      `select type from parquet_schema('${join(store, 'archive', file)}') where name = 'x'`,
    );
    types.push(rows.getRows()[0]?.[0]);
  }
  return types;
}

/** The values of `x` as the view has them, and the events as they were sent. */
async function read(store: string): Promise<{ x: unknown; payload: string }[]> {
  const { out } = await commandInProcess(
    ['query', 'select x, payload::varchar as payload from events order by id', '--format', 'ndjson', '--store', store],
    { cwd: store },
  );
  return out
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as { x: unknown; payload: string });
}

test('integers of an attribute that has had fractions are written as DOUBLE', async () => {
  const values = [['1', '2'], ['1.5', '2'], ['3', '-4', '9007199254740992'], ['5', '9007199254740993'], ['7']];
  const store = temporaryStore();
  for (const list of values) {
    await send(store, list);
    await seal(store);
  }

  expect(await typesOf(store)).toEqual(['INT64', 'DOUBLE', 'DOUBLE', 'INT64', 'DOUBLE']);
  expect((await read(store)).map(({ payload }) => payload)).toEqual(values.flatMap(linesOf));
});

test('the values of the view are the same before sealing and after', async () => {
  const value = fc.oneof(
    fc.integer().map(String),
    fc.maxSafeInteger().map(String),
    fc.constantFrom('0', '-0', '0.0', '9007199254740993', '9223372036854775807', '1.5', '1e3', 'null'),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(value, { minLength: 1, maxLength: 20 }), async list => {
      const store = temporaryStore();
      append(store, ['1.5']);
      await seal(store);
      append(store, list);
      const before = await read(store);
      await seal(store);
      expect(await read(store)).toEqual(before);
    }),
    { numRuns: propertyRuns(2) },
  );
});
