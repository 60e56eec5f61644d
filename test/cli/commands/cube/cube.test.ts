import { expect, test } from 'vitest';
import { temporaryStore } from '../temporary-store.js';

const HOURLY = 'select time_bucket(interval 1 hour, time) as bucket, count(*) as n from events group by all';

function create(name: string, sql: string, ...more: readonly string[]): string[] {
  return ['cube', 'create', name, '--bucket', 'bucket', '--sql', sql, ...more];
}

test('telemetry cube creates, lists, shows, refreshes, verifies and removes cubes', async () => {
  const run = temporaryStore({ time: '2026-01-01T00:10:00Z', type: 'a' });

  expect(await run(...create('hourly', HOURLY, '--every', '30s'))).toMatchObject({ code: 0 });
  expect((await run('query', 'select n from hourly')).out).toBe('{"n":1}\n');
  expect(JSON.parse((await run('cube', 'list')).out)).toMatchObject([{ name: 'hourly', every_ms: 30_000 }]);
  expect(JSON.parse((await run('cube', 'show', 'HOURLY')).out)).toMatchObject({ name: 'hourly', lag: 0 });
  expect(await run('cube', 'refresh', 'hourly')).toMatchObject({ code: 0 });
  expect(await run('cube', 'verify', 'hourly')).toMatchObject({ code: 0 });
  expect(await run('cube', 'rm', 'hourly')).toMatchObject({ code: 0 });
  expect((await run('query', 'from hourly')).code).toBe(4);
});

test.each([
  ['--every 0s', create('x', HOURLY, '--every', '0s'), '"0s" is shorter than a second'],
  ['a name with a blank', create('per hour', HOURLY), '"per hour" is not a name that SQL reads without quotes'],
  ['a word of SQL as a name', create('select', HOURLY), '"select" is a word of SQL'],
  ['no --bucket', ['cube', 'create', 'x', '--sql', HOURLY], 'needs --sql and --bucket'],
  ['an option of create', ['cube', 'list', '--keep', '2y'], '--keep is for `telemetry cube create`'],
  ['no aggregate', create('x', 'select time as bucket from events'), 'aggregate'],
  ['now()', create('x', `${HOURLY} having max(time) < now()`), 'now'],
])('telemetry cube refuses %s with 2', async (_, args, message) => {
  const { code, err } = await temporaryStore({ type: 'a' })(...args);

  expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining(message) as string });
});

test('telemetry cube list shows rows, and no number of buckets where a refresh computes all of them', async () => {
  const run = temporaryStore({ time: '2026-01-01T00:10:00Z', type: 'a' });
  await run(...create('hourly', HOURLY));
  await run(...create('newest', `${HOURLY} order by 1 desc limit 5`));

  const { out } = await run('cube', 'list', '--format', 'table');
  expect(out).toMatch(/hourly +│ incremental │ 1 +│ 1 +│/);
  expect(out).toMatch(/newest +│ whole +│ - +│ 1 +│/);
  expect(JSON.parse((await run('cube', 'list')).out)).toMatchObject([
    { live: 1, rows: 1 },
    { live: null, rows: 1 },
  ]);
});

test('telemetry cube says that it is stale after a view that it reads was replaced', async () => {
  const run = temporaryStore({ time: '2026-01-01T00:10:00Z', type: 'a' });
  await run('view', 'create', 'of_b', '--sql', 'select * from events');
  await run(...create('hourly', HOURLY.replace('events', 'of_b')));
  const replace = ['view', 'create', 'of_b', '--replace', '--sql', `select * from events where type = 'b'`];

  expect((await run(...replace)).err).toContain('Give --force: the next refresh of the cube hourly computes it again.');
  expect(await run(...replace, '--force')).toMatchObject({ code: 0 });
  expect((await run('cube', 'list', '--format', 'table')).out).toContain('stale');
  expect((await run('cube', 'show', 'hourly', '--format', 'table')).out).toContain('stale         of_b changed');
  await run('cube', 'refresh');
  expect(JSON.parse((await run('cube', 'show', 'hourly')).out)).toMatchObject({ stale: [], rows: 0 });
});
