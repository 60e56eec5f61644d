import { describe, expect, test } from 'vitest';
import { rowsOf, type RowOptions } from '../../../src/consumers/traces/rows.js';
import type { LogRecord, SpanRecord } from '../../../src/consumers/traces/span.js';
import { analyzeTrace } from '../../../src/consumers/traces/trace.js';
import { log, span } from './records.js';

const analyze = (spans: readonly SpanRecord[], logs: readonly LogRecord[] = []) =>
  analyzeTrace({ traceId: 't', baseNs: 0n, spans, logs });

const ALL: RowOptions = { folds: true, showsLogs: true, hideBelowMs: 0, onlyMatches: false };

/** The tree as text: two spaces a level, and the number of spans of a folded row. */
function drawn(spans: readonly SpanRecord[], logs: readonly LogRecord[] = [], options: Partial<RowOptions> = {}) {
  const trace = analyze(spans, logs);
  return rowsOf(trace, { ...ALL, ...options }).rows.map(row => {
    const [name, count] =
      row.kind === 'span'
        ? [trace.forest.spans[row.members[0]!]!.name, row.members.length]
        : [`- ${row.logs[0]!.message}`, row.logs.length];
    return `${'  '.repeat(row.depth)}${name}${count > 1 ? ` x ${count}` : ''}`;
  });
}

describe('a tree', () => {
  test('has a span below its parent, in the order of starts', () => {
    const spans = [
      span('c', { parentId: 'a', startMs: 5 }),
      span('b', { parentId: 'a', startMs: 2 }),
      span('d', { parentId: 'b', startMs: 3 }),
      span('a'),
    ];

    expect(drawn(spans)).toEqual(['a', '  b', '    d', '  c']);
  });

  test('has a root for a span whose parent is missing', () => {
    const { forest } = analyze([span('a'), span('b', { parentId: 'gone', startMs: 1 })]);

    expect(forest.roots).toEqual([0, 1]);
    expect([...forest.repairs.orphans]).toEqual([1]);
  });

  test('cuts a cycle at its earliest span', () => {
    const spans = [
      span('a', { parentId: 'c', startMs: 2 }),
      span('b', { parentId: 'a', startMs: 1 }),
      span('c', { parentId: 'b', startMs: 3 }),
      span('self', { parentId: 'self', startMs: 4 }),
    ];

    expect(drawn(spans)).toEqual(['b', '  c', '    a', 'self']);
    expect(analyze(spans).forest.repairs.cycles.size).toBe(2);
  });

  test('has a span once that was stored twice, or first without its end', () => {
    const spans = [
      span('a'),
      span('a'),
      span('b', { parentId: 'a', durationMs: undefined }),
      span('b', { parentId: 'a' }),
    ];

    expect(drawn(spans)).toEqual(['a', '  b']);
    expect(analyze(spans).forest.repairs.duplicates).toBe(2);
  });

  test('puts the server of a shared id below its client, and their children where they ran', () => {
    const spans = [
      span('x', { name: 'call', kind: 'CLIENT' }),
      span('x', { name: 'serve', kind: 'SERVER', service: 'api', startMs: 2, durationMs: 5 }),
      span('y', { parentId: 'x', service: 'api', startMs: 3, durationMs: 1 }),
    ];

    expect(drawn(spans)).toEqual(['call', '  serve', '    y']);
    expect(analyze(spans).forest.repairs.sharedIds.size).toBe(2);
  });

  test('as deep as 40,000 spans is measured without recursion', () => {
    const spans = Array.from({ length: 40_000 }, (_, i) => span(`${i}`, { ...(i > 0 && { parentId: `${i - 1}` }) }));

    expect(drawn(spans)).toHaveLength(40_000);
  });
});

describe('clocks', () => {
  test('put a call to another service into the middle of its caller, with all below it', () => {
    const spans = [
      span('a', { kind: 'CLIENT', startMs: 100, durationMs: 10 }),
      span('b', { kind: 'SERVER', parentId: 'a', service: 'api', startMs: 40, durationMs: 6 }),
      span('c', { parentId: 'b', service: 'api', startMs: 41, durationMs: 2 }),
    ];
    const { timing, forest } = analyze(spans);
    const starts = Object.fromEntries(forest.spans.map(({ name }, i) => [name, timing.starts[i]]));

    expect(starts).toEqual({ a: 100, b: 102, c: 103 });
    expect(timing.moved.size).toBe(1);
    expect([timing.fromMs, timing.toMs]).toEqual([100, 110]);
  });

  test('leave a child alone that ends after its parent: it may be asynchronous', () => {
    const { timing } = analyze([span('a'), span('b', { parentId: 'a', service: 'queue', startMs: 8, durationMs: 90 })]);

    expect(timing.moved.size).toBe(0);
    expect(timing.toMs).toBe(98);
  });
});

describe('times', () => {
  test('of a span itself leave out the parts in which any child ran', () => {
    const spans = [
      span('a', { durationMs: 100 }),
      span('b', { parentId: 'a', startMs: 10, durationMs: 30 }),
      span('c', { parentId: 'a', startMs: 30, durationMs: 30 }),
      span('d', { parentId: 'a', startMs: 90, durationMs: 50 }),
    ];

    expect([...analyze(spans).timing.selfMs]).toEqual([40, 30, 30, 50]);
  });

  test('of a span without an end are those of the spans below it', () => {
    const { timing } = analyze([
      span('a', { durationMs: undefined }),
      span('b', { parentId: 'a', startMs: 5, durationMs: 7 }),
    ]);

    expect([...timing.ends]).toEqual([12, 12]);
  });

  test('of a span that ends before its start are nothing', () => {
    const { timing } = analyze([span('a', { durationMs: -3 })]);

    expect([...timing.ends]).toEqual([0]);
  });
});

describe('the critical path', () => {
  test('goes back from the end through the child that ended last', () => {
    const spans = [
      span('a', { durationMs: 100 }),
      span('b', { parentId: 'a', startMs: 10, durationMs: 50 }),
      span('c', { parentId: 'a', startMs: 20, durationMs: 10 }),
      span('d', { parentId: 'a', startMs: 70, durationMs: 20 }),
      span('e', { parentId: 'd', startMs: 75, durationMs: 5 }),
    ];
    const { path, forest } = analyze(spans);

    expect(path.map(({ span, fromMs, toMs }) => [forest.spans[span]!.name, fromMs, toMs])).toEqual([
      ['a', 0, 10],
      ['b', 10, 60],
      ['a', 60, 70],
      ['d', 70, 75],
      ['e', 75, 80],
      ['d', 80, 90],
      ['a', 90, 100],
    ]);
  });
});

describe('rows', () => {
  const queries = (count: number, more: Partial<SpanRecord> = {}): SpanRecord[] =>
    Array.from({ length: count }, (_, i) =>
      span(`${more.parentId ?? ''}-${i}`, {
        name: 'db.query',
        parentId: 'a',
        startMs: 10 + i,
        durationMs: 0.5,
        ...more,
      }),
    );

  test('fold repeats of one operation below one span, and what is below them', () => {
    const sends = queries(312).map(({ spanId, startMs }) =>
      span(`${spanId}-send`, { name: 'send', parentId: spanId, startMs, durationMs: 0.2 }),
    );

    expect(drawn([span('a', { durationMs: 400 }), ...queries(312).slice(0, 312), ...sends])).toEqual([
      'a',
      '  db.query x 312',
      '    send x 312',
    ]);
  });

  test('keep failed repeats apart', () => {
    expect(
      drawn([
        span('a', { durationMs: 400 }),
        ...queries(5),
        span('f', { name: 'db.query', parentId: 'a', startMs: 50, isError: true }),
      ]),
    ).toEqual(['a', '  db.query x 5', '  db.query']);
  });

  test('show few repeats one by one', () => {
    expect(drawn([span('a', { durationMs: 400 }), ...queries(3)])).toEqual([
      'a',
      '  db.query',
      '  db.query',
      '  db.query',
    ]);
  });

  test('have the logs of the trace in between, and fold repeated ones', () => {
    const logs = [
      log('a', 'start', { timeMs: 1 }),
      ...Array.from({ length: 4 }, (_, i) => log('b', 'retry', { timeMs: 4 + i })),
      log('a', 'end', { timeMs: 9 }),
      log(undefined, 'of no span', { timeMs: 20 }),
    ];

    expect(drawn([span('a'), span('b', { parentId: 'a', startMs: 3, durationMs: 5 })], logs)).toEqual([
      'a',
      '  - start',
      '  b',
      '    - retry x 4',
      '  - end',
      '- of no span',
    ]);
  });

  test('below a limit are hidden and counted, save those with an error below', () => {
    const spans = [
      span('a', { durationMs: 100 }),
      span('short', { parentId: 'a', durationMs: 0.5, startMs: 1 }),
      span('short with error', { parentId: 'a', durationMs: 0.5, startMs: 2 }),
      span('error', { parentId: 'short with error', durationMs: 0.1, startMs: 2, isError: true }),
    ];

    expect(drawn(spans, [log('short', 'x')], { hideBelowMs: 1 })).toEqual(['a', '  short with error', '    error']);
    expect(rowsOf(analyze(spans, [log('short', 'x')]), { ...ALL, hideBelowMs: 1 }).hidden).toEqual({
      spans: 1,
      logs: 1,
    });
  });

  test('of a span alone begin with it', () => {
    const spans = [span('a'), span('b', { parentId: 'a', startMs: 1 }), span('c', { parentId: 'b', startMs: 2 })];

    expect(drawn(spans, [], { top: 1 })).toEqual(['b', '  c']);
  });
});
