import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commandInProcess } from '../../../helpers/command-in-process.js';
import { createFixture } from '../../../query/fixture.js';
import { temporaryStore } from '../temporary-store.js';
import { CHECKOUT, CHECKOUT_ID } from './checkout.js';

const DISTINCT = CHECKOUT.length - 1 - 3;

interface Node {
  readonly span_id: string;
  readonly duration_ms: number | null;
  readonly children: readonly Node[];
}

const nodesOf = (nodes: readonly Node[]): Node[] => nodes.flatMap(node => [node, ...nodesOf(node.children)]);

const run = (...args: string[]) => temporaryStore(...CHECKOUT)('trace', ...args);

describe('telemetry trace ID', () => {
  test('prints a tree as JSON whose numbers are those of a query', async () => {
    const command = temporaryStore(...CHECKOUT);
    const trace = JSON.parse((await command('trace', CHECKOUT_ID, '--format', 'json')).out) as {
      readonly spans: Node[];
      readonly span_count: number;
      readonly error_count: number;
      readonly log_count: number;
      readonly services: string[];
    };
    const { out } = await command(
      'query',
      `select count(distinct span_id) as spans, list_sort(list(distinct service)) as services,
       count(*) filter (where status = 'ERROR') as errors from spans where trace_id = '${CHECKOUT_ID}'`,
    );
    const asked = JSON.parse(out) as { spans: number; services: string[]; errors: number };
    const durations = JSON.parse(
      (
        await command(
          'query',
          'select map_from_entries(list((span_id, duration_ms))) as ms from (select distinct span_id, duration_ms from spans)',
        )
      ).out,
    ) as { ms: Record<string, number | null> };

    expect(trace).toMatchObject({ span_count: asked.spans, services: asked.services, error_count: asked.errors });
    expect(trace.log_count).toBe(3);
    const nodes = nodesOf(trace.spans);
    expect(nodes).toHaveLength(DISTINCT);
    expect(Object.fromEntries(nodes.map(node => [node.span_id, node.duration_ms]))).toEqual(durations.ms);
  });

  test('takes a prefix of one trace, in any case, or a traceparent header', async () => {
    const command = temporaryStore(...CHECKOUT, { type: 'trace', trace_id: '4bf00', span_id: '1', duration_ms: 1 });

    for (const id of ['4bf9', '4BF92F', CHECKOUT_ID, `00-${CHECKOUT_ID}-00f067aa0ba902b7-01`]) {
      expect((await command('trace', id)).out).toMatch(`trace ${CHECKOUT_ID}  web GET /checkout\n`);
    }
    expect(await command('trace', '4bf')).toMatchObject({
      code: 2,
      err: expect.stringContaining('4bf00, 4bf92') as string,
    });
    expect(await command('trace', 'zzz')).toMatchObject({
      code: 1,
      err: expect.stringContaining('no trace') as string,
    });
  });

  test('shows one span with its attributes and the spans below it', async () => {
    const { out } = await run('4bf', '--span', 'b1');

    expect(out).toMatch(/^in web GET \/checkout$/m);
    expect(out).toMatch(/^status = ERROR$/m);
    expect(out).toMatch(/980ms, 50ms itself/);
    expect(out).not.toMatch(/load cart/);
    expect((await run('4bf', '--span', 'f')).code).toBe(2);
    expect((await run('4bf', '--span', 'zz')).code).toBe(1);
  });

  test('hides short rows, and spans that do not match, and counts both', async () => {
    const hidden = await run('4bf', '--hide-below', '5%', '--no-logs');
    expect(hidden.out).not.toMatch(/write ledger/);
    expect(hidden.out).toMatch(/card network/);
    expect(hidden.out).toMatch(/left out: \d+ spans in rows of less than 92ms/);

    const matching = await run('4bf', '--where', "service = 'db'", '--no-logs');
    expect(matching.out).toMatch(/GET \/checkout[^]*load cart[^]*db.query × 312/);
    expect(matching.out).not.toMatch(/POST \/charge/);
  });

  test('refuses a condition with an unknown column, and options without an id', async () => {
    expect(await run('4bf', '--where', 'servce = 1')).toMatchObject({
      code: 4,
      err: expect.stringContaining('servce') as string,
    });
    expect(await run('--span', 'a1')).toMatchObject({ code: 2 });
    expect(await run('4bf', '--hide-below', 'x')).toMatchObject({ code: 2 });
    expect(await run('4bf', '--out', 'x.png')).toMatchObject({ code: 2 });
  });

  test.each(['ndjson', 'csv', 'tsv', 'markdown', 'line'])('prints a span a row as %s', async format => {
    const { code, out } = await run('4bf', '--format', format);

    expect(code).toBe(0);
    if (format === 'ndjson') expect(out.trim().split('\n')).toHaveLength(DISTINCT);
    if (format === 'csv') expect(out.trim().split('\n')).toHaveLength(DISTINCT + 1);
    expect(out).toContain('verify token');
  });

  test('writes a page without scripts that has every value escaped', async () => {
    const hostile = {
      type: 'trace',
      trace_id: 'h',
      span_id: '1',
      duration_ms: 1,
      name: '</td><script>alert(1)</script>',
      service: '"><img src=x>',
    };
    const { dir } = createFixture(hostile);
    const { code } = await commandInProcess(['trace', 'h', '--store', dir, '--out', 'page.html'], { cwd: dir });
    const page = readFileSync(join(dir, 'page.html'), 'utf8');

    expect(code).toBe(0);
    expect(page).toContain('content="default-src &#39;none&#39;');
    expect(page).not.toMatch(/<script|<img|https?:/);
    expect(page).toContain('&lt;script&gt;alert(1)');
  });

  test('reads times of OpenTelemetry to the nanosecond', async () => {
    const start = 1764320400000000000n;
    const span = (id: string, parent: string | undefined, from: bigint, ns: bigint): string =>
      `{"type":"trace","name":"${id}","trace_id":"n","span_id":"${id}"${parent ? `,"parent_span_id":"${parent}"` : ''},"start_time_unix_nano":${start + from},"end_time_unix_nano":${start + from + ns},"duration_ms":${Number(ns) / 1e6}}`;
    const { out } = await temporaryStore(span('a', undefined, 0n, 2000n), span('b', 'a', 1001n, 250n))(
      'trace',
      'n',
      '--format',
      'json',
    );

    expect(JSON.parse(out)).toMatchObject({
      start: '2025-11-28T09:00:00Z',
      spans: [{ self_ms: 0.00175, children: [{ start: '2025-11-28T09:00:00.000001001Z', offset_ms: 0.001001 }] }],
    });
  });

  test('takes an event of another type with the keys of a span', async () => {
    const event = { type: 'http_request', name: 'GET /', trace_id: 'o', span_id: '1', duration_ms: 5 };
    const { out } = await temporaryStore(event)('trace', 'o', '--format', 'json');

    expect(JSON.parse(out)).toMatchObject({ span_count: 1 });
  });
});

describe('telemetry trace', () => {
  const traces = Array.from({ length: 8 }, (_, i) => ({
    name: 'GET /items',
    service: 'web',
    trace_id: `t${i}`,
    span_id: 'r',
    start_time: new Date(Date.UTC(2026, 10, 28, 10, i)).toISOString(),
    duration_ms: 10 * ((i * 3) % 8),
    ...(i % 4 === 3 && { status: 'ERROR' }),
  }));

  test('lists the recent, the slowest and the failed traces', async () => {
    const { out } = await temporaryStore(...traces, ...CHECKOUT)('trace', '-n', '3');
    const listed = JSON.parse(out) as { list: string; trace_id: string; spans: number; errors: number; name: string }[];
    const idsOf = (list: string) => listed.filter(trace => trace.list === list).map(trace => trace.trace_id);

    expect(idsOf('recent')).toEqual(['t7', 't6', 't5']);
    expect(idsOf('slowest')).toEqual([CHECKOUT_ID, 't5', 't2']);
    expect(idsOf('failed')).toEqual(['t7', 't3', CHECKOUT_ID]);
    expect(listed.find(trace => trace.trace_id === CHECKOUT_ID)).toMatchObject({ name: 'GET /checkout', errors: 2 });
  });

  test('lists whole traces with a matching event, within the bounds', async () => {
    const command = temporaryStore(...traces, ...CHECKOUT);
    const ids = async (...args: string[]) =>
      new Set(
        (JSON.parse((await command('trace', ...args)).out) as { trace_id: string }[]).map(trace => trace.trace_id),
      );

    expect(await ids('--where', "message like 'charge declined%'")).toEqual(new Set([CHECKOUT_ID]));
    expect(await ids('--since', '2026-11-28T10:06:00Z')).toEqual(new Set(['t6', 't7']));
  });

  test('prints tables, and says when there is no trace', async () => {
    const { out } = await temporaryStore(...traces)('trace', '--format', 'table', '-n', '2');
    await expect(out).toMatchFileSnapshot('snapshots/list.txt');

    expect(await temporaryStore({ a: 1 })('trace', '--format', 'table')).toMatchObject({
      code: 0,
      out: '',
      err: expect.stringContaining('no trace') as string,
    });
  });
});
