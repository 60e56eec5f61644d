import { describe, expect, test } from 'vitest';
import { commandInProcess } from '../helpers/command-in-process.js';
import { postJson } from '../helpers/http.js';
import { serveInProcess } from '../helpers/server-in-process.js';
import { temporaryStore } from '../helpers/store.js';

const SQL = `select date_trunc('hour', time) as bucket, count(*) as n from events group by 1`;

interface Ran {
  readonly out: string;
  readonly err: string;
}

/** A store with events in two hours, of which the cube has counted those of the first, and its command. */
async function storeWithCube(): Promise<(...args: string[]) => Promise<Ran>> {
  const store = temporaryStore();
  const run = async (...args: string[]): Promise<Ran> => {
    const { code, out, err } = await commandInProcess([...args, '--store', store], { cwd: store });
    expect({ args, code, err }).toMatchObject({ code: 0 });
    return { out, err };
  };
  await run('send', event(0, 'a'), event(0, 'b'));
  await run('cube', 'create', 'hourly', '--every', '1h', '--bucket', 'bucket', '--sql', SQL);
  await run('send', event(1, 'a'), event(1, 'b'));
  return run;
}

const event = (hour: number, user: string): string =>
  JSON.stringify({ type: 'log', user, time: new Date(Date.UTC(2026, 0, 1, hour)).toISOString() });

const counts = async (run: (...args: string[]) => Promise<Ran>): Promise<string> =>
  (await run('query', '--format', 'csv', 'select n from hourly order by bucket')).out;

describe('prune', () => {
  test('--dry-run names buckets that would be frozen, partial and incomplete, and removes nothing', async () => {
    const run = await storeWithCube();
    const { err, out } = await run('prune', '--where', `"user" = 'a'`, '--dry-run');
    expect(err).toContain('1 bucket of the cube hourly will be frozen, it keeps its rows: 2026-01-01T00:00:00Z');
    expect(err).toContain('will lose only some events: 2026-01-01T00:00:00Z, 2026-01-01T01:00:00Z');
    expect(err).toContain('will be incomplete, as it has not counted all events yet: 2026-01-01T01:00:00Z');
    expect(err).toContain('to refresh it first: --rollup hourly');
    expect(JSON.parse(out)).toMatchObject({ cubes: [{ name: 'hourly', incomplete: ['2026-01-01T01:00:00Z'] }] });
    expect(await counts(run)).toBe('n\n2\n2\n');
  });

  test('without --rollup makes a bucket incomplete that was not counted', async () => {
    const run = await storeWithCube();
    await run('prune', '--where', `"user" = 'a'`, '--yes');
    await run('cube', 'refresh', 'hourly');
    expect(await counts(run)).toBe('n\n2\n1\n');
    expect(JSON.parse((await run('cube', 'show', 'hourly')).out)).toMatchObject({
      partial_buckets: ['2026-01-01T00:00:00Z'],
      incomplete_buckets: ['2026-01-01T01:00:00Z'],
    });
  });

  test('--rollup has the cube count the events first', async () => {
    const run = await storeWithCube();
    const { err } = await run('prune', '--where', 'true', '--rollup', 'hourly', '--yes');
    expect(err).toContain('2 buckets of the cube hourly will be frozen');
    expect(await run('query', 'from events')).toMatchObject({ out: '' });
    expect(await counts(run)).toBe('n\n2\n2\n');
    await run('cube', 'refresh', 'hourly');
    expect(JSON.parse((await run('cube', 'show', 'hourly')).out)).toMatchObject({ frozen: 2, incomplete: 0 });
  });

  test('--and-cubes removes the events from the cube', async () => {
    const run = await storeWithCube();
    await run('prune', '--where', `"user" = 'a'`, '--and-cubes', '--yes');
    expect(await counts(run)).toBe('n\n1\n1\n');
    expect(JSON.parse((await run('cube', 'show', 'hourly')).out)).toMatchObject({ live: 2, partial: 0, incomplete: 0 });
    await run('cube', 'verify', 'hourly');
  });
});

test('prune --and-cubes removes the events from a cube that a server refreshes', async () => {
  const store = temporaryStore();
  const server = await serveInProcess({ store });
  const run = async (...args: string[]): Promise<Ran> => {
    const { code, out, err } = await commandInProcess([...args, '--store', store], { cwd: store });
    expect({ args, code, err }).toMatchObject({ code: 0 });
    return { out, err };
  };
  const hours = [0, 1, 2, 3];
  await postJson(server.url, hours.flatMap(hour => [event(hour, 'a'), event(hour, 'b')]).join('\n'));
  await run('cube', 'create', 'hourly', '--every', '1s', '--bucket', 'bucket', '--sql', SQL);
  const sent = (async () => {
    for (let i = 0; i < 20; i++) await postJson(server.url, event(4 + (i % 2), 'c'));
  })();
  await run('prune', '--where', `"user" = 'a'`, '--and-cubes', '--yes');
  await sent;
  await run('cube', 'refresh', 'hourly');
  expect(await counts(run)).toBe('n\n1\n1\n1\n1\n10\n10\n');
  expect(JSON.parse((await run('cube', 'show', 'hourly')).out)).toMatchObject({ live: 6, frozen: 0, late_dropped: 0 });
  await run('cube', 'verify', 'hourly');
  expect(await server.end()).toBe(0);
});

test('a policy with a cube has it count the events before it removes them', async () => {
  const run = await storeWithCube();
  await run('retention', 'set', 'log=1d->hourly', '--by', 'time');
  const { err, out } = await run('retention', 'run', '--dry-run');
  expect(err).toContain('2 buckets of the cube hourly will be frozen, they keep their rows');
  expect(JSON.parse(out)).toMatchObject({ dry_run: true, cubes: [{ name: 'hourly' }] });
  await run('retention', 'run');
  expect((await run('query', 'from events')).out).toBe('');
  expect(await counts(run)).toBe('n\n2\n2\n');
});
