import { expect, test } from 'vitest';
import { temporaryStore } from '../temporary-store.js';

const spans = Array.from({ length: 48 }, (_, i) => ({
  type: 'trace',
  time: new Date(Date.UTC(2026, 10, 22, 10, 0, i * 10)).toISOString(),
  service: i % 3 === 0 ? 'web' : 'api',
  name: i % 2 === 0 ? 'GET /users' : 'POST /orders',
  duration_ms: 5 + ((i * 31) % 200),
  ...(i % 8 === 1 && { status: 'ERROR' }),
}));

test('top has the numbers of the query, by operation and by service', async () => {
  const store = temporaryStore(...spans, { type: 'log', msg: 'not a span' });
  for (const [by, group] of [
    ['operation', 'service, name as operation'],
    ['service', 'service'],
  ] as const) {
    const sql = `select ${group}, count(*) as calls, count(*) filter (where status = 'ERROR') as errors,
      quantile_cont(duration_ms, 0.5) as p50_ms, p95(duration_ms) as p95_ms, p99(duration_ms) as p99_ms,
      sum(duration_ms) as total_ms from spans group by all order by total_ms desc`;
    const expected = JSON.parse((await store('query', sql, '--format', 'json')).out) as { calls: number }[];

    const printed = JSON.parse((await store('top', '--by', by, '--format', 'json')).out) as {
      calls_over_time: number[];
    }[];

    expect(printed).toEqual(expected.map(row => ({ ...row, calls_over_time: expect.any(Array) as unknown })));
    const sums = printed.map(({ calls_over_time: calls }) => calls.reduce((sum, count) => sum + count, 0));
    expect(sums).toEqual(expected.map(({ calls }) => calls));
  }
});

test('top sorts, limits, filters and bounds', async () => {
  const store = temporaryStore(...spans);
  const names = async (...args: string[]): Promise<string[]> =>
    (JSON.parse((await store('top', '--format', 'json', ...args)).out) as { service: string; operation: string }[]).map(
      ({ service, operation }) => `${service} ${operation}`,
    );

  expect(await names('--sort', 'errors', '-n', '1')).toEqual(['api POST /orders']);
  expect(await names('--where', "service = 'web'", '--sort', 'calls')).toEqual(['web GET /users', 'web POST /orders']);
  expect(await names('--until', '2026-11-22T10:00:01Z')).toEqual(['web GET /users']);
  expect((await store('top', '--where', 'nope = 1')).code).toBe(4);
});

test('top prints a table for people, and says so without spans', async () => {
  const { out } = await temporaryStore(...spans)(
    'top',
    '--format',
    'table',
    '--by',
    'service',
    '--tz',
    'UTC',
    '--ascii',
  );
  expect(out).toMatchInlineSnapshot(`
    "SERVICE   CALLS  ERRORS     P50    P95    P99  TOTAL  TREND
    api          32       4  95.5ms  188ms  196ms  3.17s  =########
    web          16       2   103ms  193ms  199ms  1.64s  #########
    (48 spans, 2026-11-22 10:00:00 to 2026-11-22 10:07:50 UTC)
    "
  `);

  const empty = await temporaryStore({ type: 'log', msg: 'a' })('top', '--format', 'table');
  expect(empty).toEqual({ code: 0, out: 'no spans\n', err: '' });
});
