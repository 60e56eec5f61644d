import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commandInProcess } from '../../../helpers/command-in-process.js';
import { createFixture } from '../../../query/fixture.js';
import { temporaryStore } from '../temporary-store.js';
import { CHECKOUT, CHECKOUT_ID } from '../trace/checkout.js';

const at = (second: number): string => new Date(Date.UTC(2026, 10, 28, 9, 0, second)).toISOString();

const EVENTS: readonly object[] = [
  ...CHECKOUT,
  ...Array.from({ length: 40 }, (_, i) => ({
    level: i % 4 === 0 ? 'error' : 'info',
    msg: `mail to user${i}@example.com failed after ${i} tries`,
    service: 'mail',
    time: at(i),
  })),
  ...Array.from({ length: 30 }, (_, i) => ({
    type: 'metric',
    metric_name: i % 3 === 0 ? 'cpu' : 'memory',
    metric_value: i * 1.5,
    service: 'web',
    time: at(i),
  })),
];

interface Numbers {
  readonly events: number;
  readonly errors: number;
  readonly types: readonly { readonly type: string; readonly events: number; readonly counts: readonly number[] }[];
  readonly error_patterns: readonly { readonly events: number; readonly where: string; readonly example: string }[];
  readonly slowest_traces: readonly { readonly trace_id: string; readonly spans: number }[];
  readonly operations: readonly object[];
  readonly metrics: readonly object[];
}

describe('telemetry report', () => {
  test('has the numbers of queries', async () => {
    const run = temporaryStore(...EVENTS);
    const report = JSON.parse((await run('report', '--format', 'json')).out) as Numbers;
    const rows = async (sql: string): Promise<unknown[]> =>
      JSON.parse((await run('query', sql, '--format', 'json')).out) as unknown[];

    expect(
      await rows(
        `select count(*) as events, count(*) filter (where severity in ('ERROR', 'FATAL')) as errors from events`,
      ),
    ).toEqual([{ events: report.events, errors: report.errors }]);
    expect(await rows('select type, count(*) as events from events group by type order by events desc')).toEqual(
      report.types.map(({ type, events }) => ({ type, events })),
    );
    for (const { counts, events } of report.types) expect(counts.reduce((sum, count) => sum + count, 0)).toBe(events);
    expect(report.error_patterns.length).toBeGreaterThan(0);
    for (const { events, where } of report.error_patterns) {
      expect(
        await rows(`select count(*) as n from events where severity in ('ERROR', 'FATAL') and (${where})`),
      ).toEqual([{ n: events }]);
    }
    expect(report.slowest_traces).toMatchObject([{ trace_id: CHECKOUT_ID, spans: 324 }]);
    expect(
      await rows(`select service, name as operation, count(*) as calls, p50(duration_ms) as p50, p95(duration_ms) as p95, p99(duration_ms) as p99,
        sum(duration_ms) as total from spans group by all order by total desc nulls last, calls desc, operation, service`),
    ).toEqual(report.operations.map(operation => expect.objectContaining(withoutErrors(operation)) as object));
    expect(
      await rows(`select metric_name as name, service, count(*) as points, min(metric_value) as min, avg(metric_value) as avg,
        max(metric_value) as max, arg_max(metric_value, time) as last from metrics group by all order by points desc`),
    ).toEqual(report.metrics.map(metric => expect.objectContaining(withoutUnit(metric)) as object));
  });

  test('keeps to its bounds in time', async () => {
    const { out } = await temporaryStore(...EVENTS)('report', '--format', 'json', '--since', at(35));

    expect(JSON.parse(out)).toMatchObject({ events: 5, slowest_traces: [], operations: [], metrics: [] });
  });

  test('writes a page without scripts and addresses, with every value escaped', async () => {
    const hostile = '</title><script>alert(1)</script>"><img src=https://example.com/x>';
    const { dir } = createFixture(
      ...EVENTS,
      { level: 'error', msg: hostile, service: hostile, time: at(1) },
      { type: hostile, time: at(1) },
      { type: 'trace', trace_id: hostile, span_id: '1', name: hostile, duration_ms: 99_999, time: at(1) },
      { type: 'metric', metric_name: hostile, metric_value: 1, time: at(1) },
    );
    const { code } = await commandInProcess(['report', '--store', dir, '--out', 'r.html', '--title', hostile], {
      cwd: dir,
    });
    const page = readFileSync(join(dir, 'r.html'), 'utf8');

    expect(code).toBe(0);
    expect(page).toContain('content="default-src &#39;none&#39;');
    expect(page).not.toMatch(/<script|<img|<link|\b(?:src|href)="/);
    for (const title of ['Events over time', 'Errors by pattern', 'Slowest traces', 'Top operations', 'Metrics']) {
      expect(page).toContain(`<h2>${title}</h2>`);
    }
    expect(page).toContain('db.query</span> × 312');
  });

  test('redacts every text once more', async () => {
    const run = temporaryStore(...EVENTS, {
      type: 'trace',
      trace_id: 'r',
      span_id: '1',
      name: 'to a@b.example',
      duration_ms: 1,
    });
    const page = await run('report', '--redact', 'email');
    const numbers = await run('report', '--redact', 'email', '--format', 'json');

    for (const { out } of [page, numbers]) {
      expect(out).not.toMatch(/\w@\w/);
      expect(out).toContain('[email]');
    }
    expect(await run('report', '--redact', 'user.name')).toMatchObject({ code: 2 });
  });

  test('of an empty store names what is missing', async () => {
    const { out, code } = await temporaryStore()('report');

    expect(code).toBe(0);
    expect(out).toContain('no event');
  });
});

/** The parts of an operation that the query of the test computes. */
function withoutErrors(operation: object): object {
  return Object.fromEntries(Object.entries(operation).filter(([key]) => key !== 'errors'));
}

function withoutUnit(metric: object): object {
  return Object.fromEntries(Object.entries(metric).filter(([key]) => key !== 'unit'));
}
