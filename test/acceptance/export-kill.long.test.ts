import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { telemetry } from '../cli/command.js';
import { commandInProcess } from '../helpers/command-in-process.js';
import { makeDirectory } from '../helpers/store.js';
import { Sqlite } from '../../src/store/database/sqlite.js';
import { removeDirectory } from '../helpers/remove-directory.js';

const EVENTS = 50;
const home = makeDirectory();
const store = join(home, 'store');

beforeAll(async () => {
  const lines = Array.from({ length: EVENTS }, (_, n) => JSON.stringify({ type: n % 3 === 0 ? 'log' : 'metric', n }));
  writeFileSync(join(home, 'in.ndjson'), lines.join('\n'));
  expect(await commandInProcess(['ingest', 'in.ndjson', '--store', store], { cwd: home })).toMatchObject({ code: 0 });
  expect(await commandInProcess(['seal', '--store', store], { cwd: home })).toMatchObject({ code: 0 });
});
afterAll(() => removeDirectory(home));

async function idsOfParquet(glob: string): Promise<number[]> {
  const instance = await DuckDBInstance.create(':memory:');
  try {
    const rows = await (await instance.connect()).runAndReadAll(`select id from read_parquet('${glob}') order by id`);
    return rows.getRows().map(([id]) => Number(id));
  } finally {
    instance.closeSync();
  }
}

async function idsOfDuckdb(file: string): Promise<number[]> {
  const instance = await DuckDBInstance.create(file);
  try {
    const rows = await (await instance.connect()).runAndReadAll('select id from events order by id');
    return rows.getRows().map(([id]) => Number(id));
  } finally {
    instance.closeSync();
  }
}

function idsOfSqlite(file: string): number[] {
  const db = new Sqlite(file, { readonly: true });
  try {
    return db.prepare('select id from events order by id').pluck().all() as number[];
  } finally {
    db.close();
  }
}

const idsOfText = (file: string): number[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map(line => (JSON.parse(line) as { id: number }).id);

test.each([
  ['out.ndjson', ['--to', 'out.ndjson'], idsOfText],
  ['out.parquet', ['--to', 'out.parquet'], idsOfParquet],
  ['lake', ['--to', 'lake', '--partition-by', 'type'], (path: string) => idsOfParquet(`${path}/*/*.parquet`)],
  ['out.duckdb', ['--to', 'out.duckdb'], idsOfDuckdb],
  ['out.sqlite', ['--to', 'out.sqlite'], idsOfSqlite],
] as const)('continues an export to %s after kill -9 and writes no event twice', async (name, args, idsOf) => {
  const cwd = makeDirectory();
  onTestFinished(() => removeDirectory(cwd));
  const own = join(cwd, 'store');
  cpSync(store, own, { recursive: true });
  writeFileSync(join(cwd, 'late.ndjson'), '{"n":-1}\n');
  const inCopy = async (...command: string[]) =>
    expect(await commandInProcess([...command, '--store', own], { cwd })).toMatchObject({ code: 0 });
  // The first write to a copy makes it another store.
  await inCopy('seal');
  const words = ['export', '--store', own, ...args];
  const env = { TELEMETRY_EXPORT_PART_IDS: '10' };
  const killed = async (fault: string) =>
    (await telemetry(words, { cwd, env: { ...env, TELEMETRY_FAULT: fault } })).code === null;

  expect(await killed('export:saved')).toBe(true);
  // Written and not recorded: the step at which a part could be written twice.
  expect(await killed('export:part')).toBe(true);
  // What comes in afterwards is not of this export.
  await inCopy('ingest', 'late.ndjson');
  const other = await commandInProcess(['export', '--store', own, ...args, '--where', 'n > 1'], { cwd });
  expect(other.code).toBe(1);
  expect(other.err).toMatch(/another interrupted export/);
  expect(await killed('export:complete')).toBe(true);
  const { code, out, err } = await commandInProcess(words, { cwd, env });

  expect(code, err).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ events: EVENTS, missing: 0 });
  expect(await idsOf(join(cwd, name))).toEqual(Array.from({ length: EVENTS }, (_, i) => i + 1));
});

test('counts the events that were pruned between two runs', async () => {
  const cwd = makeDirectory();
  onTestFinished(() => removeDirectory(cwd));
  const own = join(cwd, 'store');
  cpSync(store, own, { recursive: true });
  expect(await commandInProcess(['seal', '--store', own], { cwd })).toMatchObject({ code: 0 });
  const args = ['export', '--store', own, '--to', 'out.ndjson'];
  const env = { TELEMETRY_EXPORT_PART_IDS: '10' };
  expect((await telemetry(args, { cwd, env: { ...env, TELEMETRY_FAULT: 'export:saved' } })).code).toBe(null);

  const pruned = await commandInProcess(['prune', '--store', own, '--where', 'n < 5 or n >= 45', '--yes'], { cwd });
  expect(pruned).toMatchObject({ code: 0 });

  const { out, err } = await commandInProcess(args, { cwd, env });
  expect(JSON.parse(out)).toMatchObject({ events: EVENTS - 5, before: 10, missing: 5 });
  expect(err).toContain('5 events went from the store before they were exported');
});
