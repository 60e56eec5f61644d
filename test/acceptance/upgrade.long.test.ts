import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { cleanEnv, TELEMETRY, telemetry } from '../cli/command.js';
import { commandInProcess } from '../helpers/command-in-process.js';
import { readStore, temporaryStore } from '../helpers/store.js';
import { Sqlite } from '../../src/store/database/sqlite.js';

/** Stores that the build of commit 1c7610e made: see make.mjs there. */
const STORES = fileURLToPath(new URL('../fixtures/stores/', import.meta.url));

const { sealed, journal } = JSON.parse(readFileSync(join(STORES, 'events.json'), 'utf8')) as Record<
  'sealed' | 'journal',
  string[]
>;
const events = [...sealed, ...journal];

/** The version of the stores in the folder. */
const OLD_VERSION = 5;

function oldStore(kind: string): string {
  const dir = temporaryStore();
  execFileSync('tar', ['-xzf', join(STORES, `${kind}.tar.gz`), '-C', dir]);
  return join(dir, kind);
}

/** The commands that are run as processes, on stores of Parquet. */
const PROCESSES = ['seal', 'compact', 'archive', 'prune', 'backup'];

/** Runs a command. */
async function run(store: string, ...args: string[]): Promise<string> {
  const runCommand = store.endsWith('parquet') && PROCESSES.includes(args[0]!) ? telemetry : commandInProcess;
  const { out, err, code } = await runCommand([...args, '--store', store], { cwd: store });
  expect([args[0], code, err]).toEqual([args[0], 0, '']);
  return out;
}

async function rows(store: string, sql: string): Promise<unknown[]> {
  const text = await run(store, 'query', sql, '--format', 'ndjson');
  return text
    .trim()
    .split('\n')
    .map(line => Object.values(JSON.parse(line) as object) as unknown);
}

/** All in one scan, but for what a filter finds: each scan of an old store is planned anew. */
const RIGHT = `select
  list(payload::varchar order by id) as payloads,
  list(x::varchar order by id) filter (where x is not null) as x,
  (select list(id order by id) from events where x = 9007199254740993) as found,
  list(n::varchar order by id) filter (where n is not null) as n,
  list(zero::varchar order by id) filter (where zero is not null) as zero,
  list(m order by id) filter (where m is not null) as m,
  (select list(id order by id) from events where severity = 'ERROR') as errors,
  list(time::varchar order by id) filter (where id in (18, 19)) as times,
  list(type order by id) filter (where id between 18 and 21) as types
from events`;

/** Asks for what the old build got wrong, and for the rest. */
async function expectRight(store: string): Promise<void> {
  await expectEvents(store);
  const early = await run(store, 'query', '--until', '2026-02-01', 'select id from events');
  expect(early).toBe('{"id":18}\n');
}

/** The same without a condition on times, for which the columns of old segments take long to plan. */
async function expectEvents(store: string): Promise<void> {
  expect(JSON.parse(await run(store, 'query', RIGHT, '--format', 'ndjson'))).toEqual({
    payloads: events,
    x: ['-9223372036854775808', '9007199254740993', '9223372036854775807', '-9223372036854775808', '9007199254740995'],
    found: [2],
    n: ['18446744073709551615', '1', '9223372036854775808'],
    zero: ['-0.0', '0.0', '-0.0'],
    m: ['text', '{"b":1}', '{"b":2}'],
    errors: [2, 23],
    // The old build took the time of receipt, and types that the keys no longer tell.
    times: ['2026-01-02 03:04:05+00', '2026-11-24 01:02:08+00'],
    types: ['log', 'log', 'log', 'shout'],
  });
}

function formats(store: string): number[] {
  return readStore<{ format: number }>(
    store,
    'select distinct format from segments where dropped_at is null order by format',
  ).map(({ format }) => format);
}

test.each(['parquet', 'ndjson', 'csv', 'duckdb'])(
  'prune and stats of an old store of %s go by the types of today',
  async kind => {
    const store = oldStore(kind);
    const count = async (): Promise<unknown> =>
      rows(store, `select type, count(*)::int, count(severity)::int from events group by type order by type`);
    const before = (await count()) as [type: string, events: number, severities: number][];
    expect(before.reduce((sum, [, , severities]) => sum + severities, 0)).toBe(7);
    const stats = JSON.parse(await run(store, 'stats', '--by', 'type', '--format', 'json')) as {
      type: string;
      events: number;
    }[];
    expect(Object.fromEntries(stats.map(({ type, events: n }) => [type, n]))).toEqual(
      Object.fromEntries(before.map(([type, n]) => [type, n])),
    );
    // Once: the statement is the same for each kind, and takes seconds to plan over old segments.
    if (kind === 'duckdb') {
      const schema = JSON.parse(await run(store, 'schema', 'events', '--format', 'json')) as {
        column: string;
        count: number;
      }[];
      expect(schema.find(({ column }) => column === 'severity')).toMatchObject({ count: 7 });
    }

    await run(store, 'prune', '--keep', 'log', '--yes');

    expect(await count()).toEqual(before.filter(([type]) => type === 'log'));
    await run(store, 'verify', '--deep');
  },
);

test.each(['parquet', 'ndjson', 'csv', 'duckdb', 'none'])(
  'an old store of %s is right when opened, sealed, compacted and converted',
  async kind => {
    const store = oldStore(kind);
    await expectRight(store);
    const tailed = await run(store, 'tail', '--no-follow', '-n', String(events.length), '--format', 'ndjson');
    expect(tailed.trim().split('\n')).toHaveLength(events.length);
    await run(store, 'verify', '--deep');

    if (kind !== 'none') {
      await run(store, 'seal');
      expect(formats(store)).toEqual([1, 2]);
      await expectEvents(store);
      await run(store, 'compact');
      await expectEvents(store);
      await run(store, 'archive', 'convert', '--to', kind);
      expect(formats(store)).toEqual([2]);
      await expectEvents(store);
      await run(store, 'verify', '--deep');
    }

    const other = kind === 'parquet' ? 'ndjson' : 'parquet';
    await run(store, 'archive', 'convert', '--to', other);
    expect(formats(store)).toEqual([2]);
    await expectRight(store);
    await run(store, 'verify', '--deep');
  },
);

test('an old store gets an id and an epoch, which stay, and its backup has the same id', async () => {
  const store = oldStore('parquet');
  const identity = async (dir: string): Promise<unknown> => {
    const { id, epoch } = JSON.parse(await run(dir, 'stats')) as Record<string, unknown>;
    return { id, epoch };
  };
  const made = await identity(store);
  expect(made).toEqual({
    id: expect.stringMatching(/^\w{32}$/) as string,
    epoch: expect.stringMatching(/^\w{16}$/) as string,
  });
  await run(store, 'seal');
  expect(await identity(store)).toEqual(made);

  const copy = join(temporaryStore(), 'copy');
  await run(store, 'backup', copy);
  expect(await identity(copy)).toEqual(made);
  await expectEvents(copy);
  await run(copy, 'seal');
  expect(await identity(copy)).not.toEqual(made);
  await expectEvents(copy);
});

test('leaves the old store when a migration is killed, and migrates it at the next', async () => {
  const store = oldStore('parquet');
  const child = spawn(process.execPath, [TELEMETRY, 'seal', '--store', store], {
    env: cleanEnv(store, { TELEMETRY_FAULT: 'migrate:before-commit' }),
    stdio: 'ignore',
  });
  const [, signal] = (await once(child, 'exit')) as unknown[];
  expect(signal).toBe('SIGKILL');

  const db = new Sqlite(join(store, 'telemetry.db'));
  expect(db.pragma('user_version', { simple: true })).toBe(OLD_VERSION);
  expect(db.prepare(`select name from sqlite_master where name in ('store', 'event_ranges')`).all()).toEqual([]);
  expect(db.prepare('select payload from events order by id').pluck().all()).toEqual(journal);
  db.close();

  await expectEvents(store);
});

test.each(['convert:written', 'convert:before-change', 'convert:after-change'])(
  'a conversion to the newest format that is killed at %s loses nothing',
  async fault => {
    const store = oldStore('parquet');
    const child = spawn(process.execPath, [TELEMETRY, 'archive', 'convert', '--to', 'parquet', '--store', store], {
      env: cleanEnv(store, { TELEMETRY_FAULT: fault }),
      stdio: 'ignore',
    });
    const [, signal] = (await once(child, 'exit')) as unknown[];
    expect(signal).toBe('SIGKILL');
    await expectEvents(store);

    await run(store, 'archive', 'convert', '--to', 'parquet');
    expect(formats(store)).toEqual([2]);
    await expectRight(store);
  },
);
