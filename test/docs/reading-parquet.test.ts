import { DuckDBInstance } from '@duckdb/node-api';
import { readFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { seal } from '../helpers/archive.js';
import { post } from '../helpers/http.js';
import { serveInProcess } from '../helpers/server-in-process.js';
import { temporaryStore } from '../helpers/store.js';

/** The statements of the lines `$ duckdb -c "..."` of a page, as a shell passes them on. */
function duckdbLines(page: string): string[] {
  const text = readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8');
  return Array.from(text.matchAll(/^\$ duckdb -c "(.*)"$/gm), ([, sql]) => sql!.replaceAll('\\"', '"'));
}

/** Sealings of one type whose events gain keys, lose some, and change the type of one. */
const SEALINGS: readonly ((i: number) => object)[] = [
  i => ({ service: 'integers', duration_us: i, flag: true, only_here: 'x' }),
  i => ({ service: 'fractions', duration_us: i + 0.5, flag: 'yes' }),
  i => ({ service: 'texts', duration_us: i % 2 === 0 ? String(i) : 'n/a', other: { x: i } }),
  () => ({ service: 'none', flag: 1 }),
];

const EVENTS = 200;

/** A store with a segment for each of {@link SEALINGS}, nothing of it merged. */
async function storeOfSealings(): Promise<string> {
  const store = temporaryStore();
  for (const [day, eventOf] of SEALINGS.entries()) {
    const server = await serveInProcess({ store, args: ['--seal-after', '1h'] });
    const events = Array.from({ length: EVENTS }, (_, i) =>
      JSON.stringify({ type: 'trace', spanId: `${day}-${i}`, ...eventOf(i) }),
    );
    expect(await post(server.url, events.join('\n'))).toMatchObject({ body: `${EVENTS}\n` });
    await server.end();
    await seal(store);
  }
  return store;
}

describe('the documented line for DuckDB', () => {
  const pages = ['docs/storage/reading-parquet.md'];
  const lines = pages.flatMap(page => duckdbLines(page).map(sql => ({ page, sql })));

  test('is there', () => {
    expect(lines.map(({ page }) => page)).toEqual(pages);
  });

  test('reads a store whose columns differ between sealings', async () => {
    const store = await storeOfSealings();
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    onTestFinished(() => {
      connection.closeSync();
      instance.closeSync();
    });
    for (const { sql } of lines) {
      const here = sql.replaceAll('~/.local/share/telemetry', store);
      expect(here).not.toBe(sql);
      const rows = (await connection.runAndReadAll(`from (${here}) order by 1`)).getRowsJS();
      expect(rows).toEqual([
        ['fractions', 100],
        ['integers', 99.5],
        ['none', null],
        ['texts', 99],
      ]);
    }
  });
});
