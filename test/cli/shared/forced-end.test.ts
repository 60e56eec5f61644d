import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { usualQueryMemory } from '../../../src/query/sandbox/memory-limit.js';
import { openTestJournal } from '../../helpers/journal.js';
import { temporaryStore } from '../../helpers/store.js';
import { cleanEnv, telemetry, TELEMETRY } from '../command.js';

/** DuckDB does not look at interrupts within these: each takes minutes. */
const DEAF = {
  execution: `select levenshtein(repeat('ab', 200000), repeat(type, 200000)) from events`,
  planning: `select levenshtein(repeat('ab', 200000), repeat('ba', 200000))`,
};

/** A query in a process of its own, whose temporary files are in a folder of the test's. */
function query(store: string, ...args: string[]) {
  const temporary = join(store, 'tmp');
  mkdirSync(temporary, { recursive: true });
  const child = spawn(process.execPath, [TELEMETRY, 'query', '--store', store, ...args], {
    cwd: store,
    env: cleanEnv(store, { TMPDIR: temporary }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const left = (): string[] => [
    ...readdirSync(temporary),
    ...readdirSync(store).filter(name => name.endsWith('.tmp') || name.endsWith('.csv')),
  ];
  const begun = async (): Promise<void> => {
    while (!readdirSync(temporary).some(name => name.startsWith('telemetry-query-'))) {
      await new Promise(resolve => setTimeout(resolve, 20));
    }
  };
  return { child, ended, left, begun, err: text(child.stderr) };
}

function storeWithEvent(): string {
  const store = temporaryStore();
  const journal = openTestJournal(store);
  journal.append([{ type: 'log' }]);
  journal.close();
  return store;
}

describe('a query in a function of DuckDB that does not look at interrupts', () => {
  test.each(Object.entries(DEAF))('ends at its timeout, in %s, with 1 and no file left', async (_, sql) => {
    const { ended, left, err } = query(storeWithEvent(), '--timeout', '100ms', '--out', 'rows.csv', sql);
    expect(await ended).toEqual([1, null]);
    expect(await err).toContain('the query ran longer than 100ms\n');
    expect(left()).toEqual([]);
  });

  test('ends at the first SIGINT with what a shell sees as 130, and no file left', async () => {
    const { child, ended, left, begun, err } = query(storeWithEvent(), '--out', 'rows.csv', DEAF.execution);
    await begun();
    child.kill('SIGINT');
    // DuckDB may still be planning, which it leaves by itself.
    expect([
      [130, null],
      [null, 'SIGINT'],
    ]).toContainEqual(await ended);
    expect(await err).toBe('telemetry: the query was interrupted\n');
    expect(left()).toEqual([]);
  });

  test('ends at the first SIGTERM while its timeout runs, with 130', async () => {
    const { child, ended, left, begun } = query(storeWithEvent(), '--timeout', '1h', DEAF.execution);
    await begun();
    child.kill('SIGTERM');
    expect(await ended).toEqual([130, null]);
    expect(left()).toEqual([]);
  });
});

test('a query whose reader does not read ends at the first SIGTERM', async () => {
  const store = storeWithEvent();
  const { child, ended, left } = query(store, 'select * from range(100000000)');
  await once(child.stdout, 'readable');
  child.kill('SIGTERM');
  const [code, signal] = await ended;
  expect(code ?? signal).toBe(code === null ? 'SIGINT' : 130);
  expect(left()).toEqual([]);
});

test('--timeout leaves exit codes, output and stdin as they are', async () => {
  const store = storeWithEvent();
  const run = (args: string[], input?: string) =>
    telemetry(['query', '--store', store, '--timeout', '1m', ...args], { cwd: store, ...(input && { input }) });
  expect(await run([], 'select 7 as n')).toEqual({ code: 0, out: '{"n":7}\n', err: '' });
  expect((await run(['select nothing'])).code).toBe(4);
  expect((await run(['--format', 'none', 'select 1'])).code).toBe(2);
});

test('SQL of eight megabytes is refused with the way to do it', async () => {
  const store = storeWithEvent();
  const file = join(store, 'large.sql');
  writeFileSync(file, `select * from events where id in (${'1234567, '.repeat(900_000)} 0)`);
  const { code, err } = await telemetry(['query', '--store', store, '-f', file], { cwd: store });
  expect(code).toBe(4);
  expect(err).toMatch(/^telemetry: 8.1 MB of SQL is too long: the limit is 1 MiB\n.*--with ids=ids.csv/);
});

test('SQL of eight megabytes from a pipe is refused in the same way', async () => {
  const store = storeWithEvent();
  const input = `select 1 -- ${'x'.repeat(8_000_000)}`;
  const { code, out, err } = await telemetry(['query', '--store', store], { cwd: store, input });
  expect({ code, out }).toEqual({ code: 4, out: '' });
  expect(err).toMatch(/^telemetry: 8 MB of SQL is too long: the limit is 1 MiB\n/);
});

test('a file that is far too long for SQL is not read to its end', async () => {
  const store = storeWithEvent();
  const file = join(store, 'large.sql');
  writeFileSync(file, '');
  truncateSync(file, 2 ** 40);
  const { code, err } = await telemetry(['query', '--store', store, '-f', file], { cwd: store });
  expect(code).toBe(4);
  expect(err).toMatch(/^telemetry: more than 67.1 MB of SQL is too long: the limit is 1 MiB\n/);
});

test('SQL just below the limit is answered', async () => {
  const store = storeWithEvent();
  const input = `select 1 as one -- ${'x'.repeat(1024 * 1024 - 100)}`;
  expect(await telemetry(['query', '--store', store], { cwd: store, input })).toEqual({
    code: 0,
    out: '{"one":1}\n',
    err: '',
  });
});

const GIB = 1024 ** 3;
test.each([
  [8 * GIB, 0, 2 * GIB],
  [64 * GIB, 0, 4 * GIB],
  [64 * GIB, 2 * GIB, GIB / 2],
  [8 * GIB, 1.8e19, 2 * GIB],
  [8 * GIB, undefined as unknown as number, 2 * GIB],
])('of %d bytes of memory, limited to %d, a query may take %d', (total, constrained, expected) => {
  expect(usualQueryMemory(total, constrained)).toBe(expected);
});
