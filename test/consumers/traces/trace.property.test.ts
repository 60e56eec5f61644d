import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildForest } from '../../../src/consumers/traces/forest.js';
import { rowsOf } from '../../../src/consumers/traces/rows.js';
import { analyzeTrace } from '../../../src/consumers/traces/trace.js';
import type { LogRecord, SpanRecord } from '../../../src/consumers/traces/span.js';
import { anyLogs, anySpans } from './records.js';

const analyze = (spans: readonly SpanRecord[], logs: readonly LogRecord[] = [], mendsSkew = true) =>
  analyzeTrace({ traceId: 't', baseNs: 0n, spans, logs }, mendsSkew);

const CLOSE_MS = 1e-6;

describe('any spans', () => {
  test('are trees: each span once, after its parent, and none lost but duplicates', () => {
    fc.assert(
      fc.property(anySpans, records => {
        const { spans, parents, children, roots, order, repairs } = buildForest(records);
        expect(spans.length + repairs.duplicates).toBe(records.length);
        expect([...order].sort((a, b) => a - b)).toEqual(spans.map((_, i) => i));
        const places = new Map([...order].map((i, at) => [i, at]));
        for (const i of order) {
          const parent = parents[i]!;
          if (parent < 0) expect(roots).toContain(i);
          else {
            expect(places.get(parent)!).toBeLessThan(places.get(i)!);
            expect(children[parent]).toContain(i);
          }
        }
      }),
    );
  });

  test('give the same trees in whatever order they were stored', () => {
    fc.assert(
      fc.property(
        anySpans.chain(spans => fc.tuple(fc.constant(spans), fc.shuffledSubarray(spans, { minLength: spans.length }))),
        ([spans, shuffled]) => {
          expect(buildForest(shuffled)).toEqual(buildForest(spans));
        },
      ),
    );
  });

  test('keep their length when clocks are mended, and no child starts before its parent', () => {
    fc.assert(
      fc.property(anySpans, records => {
        const { forest, timing } = analyze(records);
        for (const [i, span] of forest.spans.entries()) {
          const parent = forest.parents[i]!;
          if (parent >= 0) expect(timing.starts[i]!).toBeGreaterThanOrEqual(timing.starts[parent]! - CLOSE_MS);
          if (span.durationMs === undefined) continue;
          expect(timing.ends[i]! - timing.starts[i]!).toBeCloseTo(Math.max(0, span.durationMs), 6);
        }
      }),
    );
  });

  test('have a self time between nothing and their length', () => {
    fc.assert(
      fc.property(anySpans, records => {
        const { forest, timing } = analyze(records);
        for (const i of forest.order) {
          const length = timing.ends[i]! - timing.starts[i]!;
          expect(timing.selfMs[i]!).toBeGreaterThanOrEqual(-CLOSE_MS);
          expect(timing.selfMs[i]!).toBeLessThanOrEqual(length + CLOSE_MS);
          if (forest.children[i]!.length === 0) expect(timing.selfMs[i]).toBe(length);
        }
      }),
    );
  });

  test('have a critical path of disjoint parts, each within its span', () => {
    fc.assert(
      fc.property(anySpans, records => {
        const { path, timing, criticalMs } = analyze(records);
        let at = -Infinity;
        for (const { span, fromMs, toMs } of path) {
          expect(fromMs).toBeGreaterThanOrEqual(at);
          expect(toMs).toBeGreaterThan(fromMs);
          expect(fromMs).toBeGreaterThanOrEqual(timing.starts[span]!);
          expect(toMs).toBeLessThanOrEqual(timing.ends[span]!);
          at = toMs;
        }
        const sum = criticalMs.reduce((all, ms) => all + ms, 0);
        expect(sum).toBeLessThanOrEqual(timing.toMs - timing.fromMs + CLOSE_MS);
      }),
    );
  });

  test('of one root have a critical path as long as the root', () => {
    fc.assert(
      fc.property(anySpans, records => {
        const { forest, timing, criticalMs } = analyze(records);
        fc.pre(forest.roots.length === 1);
        const root = forest.roots[0]!;
        fc.pre(timing.ends[root] === timing.toMs);
        const sum = criticalMs.reduce((all, ms) => all + ms, 0);
        expect(sum).toBeCloseTo(timing.ends[root] - timing.starts[root]!, 6);
      }),
    );
  });

  test('and logs are each in one row, or counted as left out', () => {
    fc.assert(
      fc.property(
        anySpans,
        anyLogs,
        fc.record({ folds: fc.boolean(), hideBelowMs: fc.constantFrom(0, 5, 20), onlyMatches: fc.boolean() }),
        (records, logs, options) => {
          const trace = analyze(records, logs);
          const { rows, hidden, unmatched } = rowsOf(trace, { ...options, showsLogs: true });
          const spans = rows.flatMap(row => (row.kind === 'span' ? row.members : []));
          expect(new Set(spans).size).toBe(spans.length);
          expect(spans.length + hidden.spans + unmatched.spans).toBe(trace.forest.spans.length);
          const shown = rows.flatMap(row => (row.kind === 'log' ? row.logs.map(({ eventId }) => eventId) : []));
          expect(new Set(shown).size).toBe(shown.length);
          expect(shown.length + hidden.logs + unmatched.logs).toBe(logs.length);
          for (const [i, row] of rows.entries()) {
            expect(row.parent).toBeLessThan(i);
            expect(row.depth).toBe(row.parent < 0 ? 0 : rows[row.parent]!.depth + 1);
          }
        },
      ),
    );
  });

  test('without folding have a row each', () => {
    fc.assert(
      fc.property(anySpans, records => {
        const trace = analyze(records);
        const options = { folds: false, showsLogs: false, hideBelowMs: 0, onlyMatches: false };
        expect(rowsOf(trace, options).rows.map(row => (row.kind === 'span' ? row.members[0] : -1))).toEqual([
          ...trace.forest.order,
        ]);
      }),
    );
  });
});
