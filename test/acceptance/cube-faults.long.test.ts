import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { telemetry } from '../cli/command.js';
import { commandInProcess } from '../helpers/command-in-process.js';
import { postJson } from '../helpers/http.js';
import { serve } from '../helpers/server.js';
import { temporaryStore, until } from '../helpers/store.js';

const SQL = `select date_trunc('hour', time) as bucket, count(*) as n, sum(v) as total from events group by 1`;

const events = (from: number, count: number): string =>
  Array.from({ length: count }, (_, i) =>
    JSON.stringify({ v: from + i, time: new Date(Date.UTC(2026, 0, 1, (from + i) % 7)).toISOString() }),
  ).join('\n');

describe('a cube', () => {
  test('has the old or the new buckets when its refresh is killed', async () => {
    const cwd = temporaryStore();
    const run = async (...args: string[]): Promise<string> => {
      const { code, out, err } = await commandInProcess([...args, '--store', cwd], { cwd });
      expect(err).toBe('');
      expect(code).toBe(0);
      return out;
    };
    const rows = (sql: string): Promise<string> => run('query', '--format', 'csv', `select * from (${sql}) order by 1`);
    await commandInProcess(['send', '{"v":0,"time":"2026-01-01T00:00:00Z"}', '--store', cwd], { cwd });
    await run('cube', 'create', 'hourly', '--bucket', 'bucket', '--sql', SQL);
    let next = 1;
    for (const fault of [
      'cube:before-cursor',
      'cube:after-cursor',
      'cube:written',
      'cube:before-change',
      'cube:after-change',
    ]) {
      const sent = events(next, 20).split('\n');
      next += 20;
      await commandInProcess(['send', ...sent, '--store', cwd], { cwd });
      const killed = await telemetry(['cube', 'refresh', '--store', cwd], { cwd, env: { TELEMETRY_FAULT: fault } });
      expect(killed.code, fault).not.toBe(0);
      expect(await rows('from hourly'), fault).toBe(await rows(SQL));
      await run('cube', 'refresh');
      expect(await rows('from hourly'), fault).toBe(await rows(SQL));
      await run('cube', 'verify');
    }
    // The next refresh removes what the killed ones left.
    expect(readdirSync(join(cwd, 'cubes'))).not.toContain('unfinished.parquet');
  });

  test('is kept by a server', async () => {
    const store = temporaryStore();
    const server = await serve({ store });
    await postJson(server.url, events(0, 10));
    const create = ['cube', 'create', 'hourly', '--every', '1s', '--bucket', 'bucket', '--sql', SQL, '--store', store];
    expect((await commandInProcess(create, { cwd: store })).code).toBe(0);
    await postJson(server.url, events(10, 10));
    const status = async (): Promise<{ lag: number; cursor: number }> => {
      const { out } = await commandInProcess(['cube', 'show', 'hourly', '--store', store], { cwd: store });
      return JSON.parse(out) as { lag: number; cursor: number };
    };
    await until(async () => (await status()).lag === 0, 'the server to refresh the cube');
    expect((await status()).cursor).toBe(20);
    expect(await server.end()).toBe(0);
  });
});
