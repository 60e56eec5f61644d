import type { SpanRecord } from './span.js';

/** The number of spans with one id among which a child looks for its parent; more would make a hostile trace slow. */
const MAX_SHARED = 16;

/** The spans of a trace as trees. A span is named by its index in `spans`. */
export interface Forest {
  /** In the order of their start; of two with one start, the longer first. */
  readonly spans: readonly SpanRecord[];
  /** The index of each span's parent; -1 for a root. */
  readonly parents: Int32Array;
  /** The children of each span. */
  readonly children: readonly (readonly number[])[];
  readonly roots: readonly number[];
  /** All spans, each after its parent. */
  readonly order: Int32Array;
  readonly repairs: ForestRepairs;
}

/** The faults of a trace that {@link buildForest} worked around. */
export interface ForestRepairs {
  /** Spans left out because the same span was stored already, or was stored again with its end. */
  readonly duplicates: number;
  /** Spans that share their id with another span. */
  readonly sharedIds: ReadonlySet<number>;
  /** Roots that name a parent that is not stored. */
  readonly orphans: ReadonlySet<number>;
  /** Spans that were their own ancestor and became roots. */
  readonly cycles: ReadonlySet<number>;
}

/**
 * Joins spans to trees by their ids. Takes any records: a missing parent makes a root, a cycle is cut at its earliest
 * span, a span that was stored twice counts once.
 */
export function buildForest(records: readonly SpanRecord[]): Forest {
  const { spans, duplicates } = withoutDuplicates([...records].sort(byStart));
  const byId = indexById(spans);
  const parents = new Int32Array(spans.length).fill(-1);
  const orphans = new Set<number>();
  for (const [i, span] of spans.entries()) {
    const caller = callerOfSameId(spans, byId, i);
    parents[i] = caller >= 0 ? caller : parentOf(spans, byId, i);
    if (parents[i] < 0 && span.parentId !== undefined && !byId.has(span.parentId)) orphans.add(i);
  }
  const cycles = cutCycles(parents);
  const children: number[][] = spans.map(() => []);
  const roots: number[] = [];
  for (const [i, parent] of parents.entries()) (parent < 0 ? roots : children[parent]!).push(i);
  const sharedIds = new Set([...byId.values()].flatMap(same => (same.length > 1 ? same : [])));
  const repairs = { duplicates, sharedIds, orphans, cycles };
  return { spans, parents, children, roots, order: preorder(roots, children), repairs };
}

function byStart(a: SpanRecord, b: SpanRecord): number {
  return a.startMs - b.startMs || (b.durationMs ?? 0) - (a.durationMs ?? 0) || a.eventId - b.eventId;
}

/** Leaves out a span that is equal to another, and one without an end that is stored again with its end. */
function withoutDuplicates(sorted: readonly SpanRecord[]): { spans: SpanRecord[]; duplicates: number } {
  const whole = new Set<string>();
  const ended = new Set<string>();
  for (const span of sorted) if (span.spanId !== undefined && span.durationMs !== undefined) ended.add(nameKey(span));
  const spans = sorted.filter(span => {
    if (span.spanId === undefined) return true;
    const name = nameKey(span);
    if (span.durationMs === undefined && ended.has(name)) return false;
    const key = `${name}\0${span.startMs}\0${span.durationMs ?? ''}`;
    if (whole.has(key)) return false;
    whole.add(key);
    return true;
  });
  return { spans, duplicates: sorted.length - spans.length };
}

function nameKey({ spanId = '', parentId = '', service, name, kind = '' }: SpanRecord): string {
  return `${spanId}\0${parentId}\0${service}\0${kind}\0${name}`;
}

function indexById(spans: readonly SpanRecord[]): Map<string, number[]> {
  const byId = new Map<string, number[]>();
  for (const [i, { spanId }] of spans.entries()) {
    if (spanId === undefined) continue;
    const known = byId.get(spanId);
    if (known) known.push(i);
    else byId.set(spanId, [i]);
  }
  return byId;
}

/** Zipkin gives both sides of a call one id: the server's span is then a child of the client's. */
function callerOfSameId(spans: readonly SpanRecord[], byId: ReadonlyMap<string, number[]>, i: number): number {
  const { spanId, kind } = spans[i]!;
  const wanted = CALLERS[kind ?? ''];
  const same = spanId === undefined ? undefined : byId.get(spanId);
  if (wanted === undefined || same === undefined || same.length < 2) return -1;
  return same.slice(0, MAX_SHARED).find(other => other !== i && spans[other]!.kind === wanted) ?? -1;
}

const CALLERS: Readonly<Record<string, string>> = { SERVER: 'CLIENT', CONSUMER: 'PRODUCER' };

/** The parent of a span: of several with the id, the shortest that was running when the span started. */
function parentOf(spans: readonly SpanRecord[], byId: ReadonlyMap<string, number[]>, i: number): number {
  const { parentId, startMs } = spans[i]!;
  const found = parentId === undefined ? undefined : byId.get(parentId);
  if (!found) return -1;
  if (found.length === 1) return found[0]!;
  let best = -1;
  let bestMs = Infinity;
  for (const other of found.slice(0, MAX_SHARED)) {
    if (other === i) continue;
    const { startMs: from, durationMs = 0 } = spans[other]!;
    const ms = from <= startMs && startMs <= from + durationMs ? durationMs : Number.MAX_VALUE;
    if (ms >= bestMs) continue;
    best = other;
    bestMs = ms;
  }
  return best;
}

const UNSEEN = 0;
const ON_PATH = 1;
const SEEN = 2;

/** Makes the earliest span of each cycle a root. Returns these. */
function cutCycles(parents: Int32Array): Set<number> {
  const states = new Uint8Array(parents.length);
  const cut = new Set<number>();
  for (let start = 0; start < parents.length; start++) {
    const path: number[] = [];
    let at = start;
    while (at >= 0 && states[at] === UNSEEN) {
      states[at] = ON_PATH;
      path.push(at);
      at = parents[at]!;
    }
    if (at >= 0 && states[at] === ON_PATH) {
      const first = path.slice(path.indexOf(at)).reduce((least, i) => Math.min(least, i));
      parents[first] = -1;
      cut.add(first);
    }
    for (const i of path) states[i] = SEEN;
  }
  return cut;
}

/** All spans below some roots, each after its parent. Without recursion: a trace may be as deep as it is long. */
export function preorder(roots: readonly number[], children: readonly (readonly number[])[]): Int32Array {
  const order: number[] = [];
  const stack = [...roots].reverse();
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    order.push(at);
    const below = children[at]!;
    for (let i = below.length - 1; i >= 0; i--) stack.push(below[i]!);
  }
  return Int32Array.from(order);
}
