import { preorder, type Forest } from './forest.js';
import type { SpanRecord } from './span.js';

/** A difference of less than this, in milliseconds, is an error of arithmetic. */
export const TOLERANCE_MS = 1e-6;

/** The times of the spans of a forest, by their indexes, in milliseconds since the base of the trace. */
export interface Timing {
  readonly starts: Float64Array;
  /** The end of a span without one is that of the last span below it. */
  readonly ends: Float64Array;
  /** The part of each span in which none of its children ran. */
  readonly selfMs: Float64Array;
  /** The milliseconds that each start was moved by, because it was before that of the parent. */
  readonly skews: Float64Array;
  /** Spans that were moved on their own account, not only with their parent. */
  readonly moved: ReadonlySet<number>;
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * Computes the times of all spans.
 * @param mends false leaves starts as they were sent.
 * @returns the times, and the forest with its children in the order of these starts.
 */
export function timeSpans(given: Forest, mends = true): { readonly forest: Forest; readonly timing: Timing } {
  const { spans } = given;
  const { skews, moved } = mends ? skewsOf(given) : { skews: new Float64Array(spans.length), moved: new Set<number>() };
  const starts = Float64Array.from(spans, ({ startMs }, i) => startMs + skews[i]!);
  const forest = moved.size === 0 ? given : sortedByStart(given, starts);
  const ends = endsOf(forest, starts);
  const selfMs = new Float64Array(spans.length);
  let [fromMs, toMs] = spans.length === 0 ? [0, 0] : [Infinity, -Infinity];
  for (const i of forest.order) {
    selfMs[i] = ends[i]! - starts[i]! - coveredMs(forest.children[i]!, starts, ends, starts[i]!, ends[i]!);
    fromMs = Math.min(fromMs, starts[i]!);
    toMs = Math.max(toMs, ends[i]!);
  }
  return { forest, timing: { starts, ends, selfMs, skews, moved, fromMs, toMs } };
}

function sortedByStart(forest: Forest, starts: Float64Array): Forest {
  const children = forest.children.map(below => [...below].sort((a, b) => starts[a]! - starts[b]!));
  return { ...forest, children, order: preorder(forest.roots, children) };
}

/**
 * The correction of each start: a span cannot start before the span that caused it. Spans of one service have one clock,
 * so that a correction holds for all below it of the same service. A span that starts too early is moved to the start of
 * its parent; one that answers a call, into the middle of it: the way there is taken to be as long as the way back.
 */
function skewsOf({ spans, parents, order }: Forest): { skews: Float64Array; moved: Set<number> } {
  const skews = new Float64Array(spans.length);
  const moved = new Set<number>();
  for (const i of order) {
    const parent = parents[i]!;
    if (parent < 0) continue;
    const [span, above] = [spans[i]!, spans[parent]!];
    const isSameClock = span.service === above.service;
    const inherited = isSameClock ? skews[parent]! : 0;
    const from = above.startMs + skews[parent]!;
    const start = span.startMs + inherited;
    skews[i] = inherited;
    if (start >= from - TOLERANCE_MS && !(isCall(above, span) && start > from + (above.durationMs ?? Infinity)))
      continue;
    const room = isCall(above, span) ? Math.max(0, lengthOf(above) - lengthOf(span)) / 2 : 0;
    skews[i] = from + room - span.startMs;
    moved.add(i);
  }
  return { skews, moved };
}

/** True where the parent waits for the child, so that the child cannot start after the parent's end. */
function isCall(parent: SpanRecord, child: SpanRecord): boolean {
  return parent.kind === 'CLIENT' && child.kind === 'SERVER';
}

function lengthOf({ durationMs = 0 }: SpanRecord): number {
  return Math.max(0, durationMs);
}

function endsOf({ spans, parents, order }: Forest, starts: Float64Array): Float64Array {
  const ends = Float64Array.from(starts);
  for (let at = order.length - 1; at >= 0; at--) {
    const i = order[at]!;
    const { durationMs } = spans[i]!;
    if (durationMs !== undefined) ends[i] = starts[i]! + Math.max(0, durationMs);
    const parent = parents[i]!;
    if (parent >= 0 && spans[parent]!.durationMs === undefined) ends[parent] = Math.max(ends[parent]!, ends[i]!);
  }
  return ends;
}

/** The length of the union of spans within bounds. @param sorted by their starts */
function coveredMs(
  sorted: readonly number[],
  starts: Float64Array,
  ends: Float64Array,
  from: number,
  to: number,
): number {
  let covered = 0;
  let at = from;
  for (const i of sorted) {
    const start = Math.max(starts[i]!, at);
    const end = Math.min(ends[i]!, to);
    if (end <= start) continue;
    covered += end - start;
    at = end;
  }
  return covered;
}
