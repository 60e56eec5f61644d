import type { LogRecord } from './span.js';
import type { Trace } from './trace.js';

/** Siblings of one service, name and outcome are one row from this number on: fewer are quicker to read one by one. */
const MIN_REPEATS = 4;

/** One span, or repeats of one operation that are folded to one row. */
export interface SpanRow {
  readonly kind: 'span';
  readonly depth: number;
  /** The index of the row above it in the tree; -1 for a root. */
  readonly parent: number;
  /** The indexes of its spans, in the order of their start. */
  readonly members: readonly number[];
}

/** One log, or repeats of one message. */
export interface LogRow {
  readonly kind: 'log';
  readonly depth: number;
  readonly parent: number;
  readonly logs: readonly LogRecord[];
}

/** A row of a drawn trace. */
export type TraceRow = SpanRow | LogRow;

/** The choice of rows. */
export interface RowOptions {
  /** The index of the span to begin with; undefined for all roots. */
  readonly top?: number | undefined;
  /** False draws each repeat as a row. */
  readonly folds: boolean;
  readonly showsLogs: boolean;
  /** Rows of less time than this, in milliseconds, are hidden unless an error is below. */
  readonly hideBelowMs: number;
  /** True to hide spans that do not match the condition of the caller. Ancestors of matching ones stay. */
  readonly onlyMatches: boolean;
}

/** Rows, and the amounts that they leave out. */
export interface TraceRows {
  readonly rows: readonly TraceRow[];
  /** Rows of several spans or logs, and the spans and logs in them. */
  readonly folded: { readonly rows: number; readonly spans: number; readonly logs: number };
  /** Spans shorter than the limit. */
  readonly hidden: { readonly spans: number; readonly logs: number };
  /** Spans that do not match. */
  readonly unmatched: { readonly spans: number; readonly logs: number };
}

/** An item of the tree of rows before its place is known. */
interface Item {
  readonly depth: number;
  readonly parent: number;
  readonly timeMs: number;
  readonly members?: readonly number[];
  readonly logs?: readonly LogRecord[];
}

/** The rows of a trace from top to bottom. The children of a folded row are those of all its spans, folded in turn. */
export function rowsOf(trace: Trace, options: RowOptions): TraceRows {
  const all = allRows(trace, options);
  const isLong = (row: SpanRow): boolean => totalMs(trace, row) >= options.hideBelowMs || hasError(trace, row);
  const long = options.hideBelowMs > 0 ? keeping(all, isLong) : { rows: all, spans: 0, logs: 0 };
  const { spans } = trace.forest;
  const isWanted = (row: SpanRow): boolean => row.members.some(i => spans[i]!.matches);
  const { rows, ...unmatched } = options.onlyMatches ? keeping(long.rows, isWanted) : { ...long, spans: 0, logs: 0 };
  return { rows, folded: foldedIn(rows), hidden: { spans: long.spans, logs: long.logs }, unmatched };
}

function allRows(trace: Trace, options: RowOptions): TraceRow[] {
  const { top } = options;
  const rows: TraceRow[] = [];
  const first = top === undefined ? trace.forest.roots : [top];
  const stack = itemsOf(trace, first, top === undefined ? trace.otherLogs : [], options, { depth: 0, parent: -1 });
  stack.reverse();
  for (let item = stack.pop(); item; item = stack.pop()) {
    const { depth, parent, members, logs } = item;
    if (logs) rows.push({ kind: 'log', depth, parent, logs });
    if (!members) continue;
    const index = rows.push({ kind: 'span', depth, parent, members }) - 1;
    const children = childrenOf(trace, members);
    const below = itemsOf(trace, children, logsOf(trace, members), options, { depth: depth + 1, parent: index });
    for (let i = below.length - 1; i >= 0; i--) stack.push(below[i]!);
  }
  return rows;
}

/** The children of several spans, in the order of their start. */
function childrenOf({ forest, timing }: Trace, members: readonly number[]): readonly number[] {
  if (members.length === 1) return forest.children[members[0]!]!;
  return members.flatMap(i => forest.children[i]!).sort((a, b) => timing.starts[a]! - timing.starts[b]!);
}

function logsOf({ logsOf }: Trace, members: readonly number[]): readonly LogRecord[] {
  if (members.length === 1) return logsOf.get(members[0]!) ?? [];
  return members.flatMap(i => logsOf.get(i) ?? []).sort((a, b) => a.timeMs - b.timeMs);
}

function itemsOf(
  trace: Trace,
  spans: readonly number[],
  logs: readonly LogRecord[],
  { folds, showsLogs }: RowOptions,
  place: Pick<Item, 'depth' | 'parent'>,
): Item[] {
  const { forest, timing } = trace;
  const keyOf = (i: number): string => {
    const { service, name, isError } = forest.spans[i]!;
    return `${service}\0${name}\0${isError}`;
  };
  const items: Item[] = groups(spans, keyOf, folds).map(members => ({
    ...place,
    members,
    timeMs: timing.starts[members[0]!]!,
  }));
  if (!showsLogs || logs.length === 0) return items;
  const messageOf = ({ type, severity = '', message }: LogRecord): string => `${type}\0${severity}\0${message}`;
  const own = groups(logs, messageOf, folds).map(group => ({ ...place, logs: group, timeMs: group[0]!.timeMs }));
  return [...items, ...own].sort((a, b) => a.timeMs - b.timeMs);
}

/** Groups of equal keys in the order of their first items; a key with few items has a group for each. */
function groups<T>(items: readonly T[], keyOf: (item: T) => string, folds: boolean): (readonly T[])[] {
  if (!folds || items.length < MIN_REPEATS) return items.map(item => [item]);
  const byKey = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const known = byKey.get(key);
    if (known) known.push(item);
    else byKey.set(key, [item]);
  }
  const isFolded = (group: readonly T[]): boolean => group.length >= MIN_REPEATS;
  if (![...byKey.values()].some(isFolded)) return items.map(item => [item]);
  return items.flatMap(item => {
    const group = byKey.get(keyOf(item))!;
    if (!isFolded(group)) return [[item]];
    return group[0] === item ? [group] : [];
  });
}

/** Keeps the rows that are wanted, those above them, and the logs of both. */
function keeping(
  all: readonly TraceRow[],
  isWanted: (row: SpanRow) => boolean,
): { rows: TraceRow[]; spans: number; logs: number } {
  const isKept = new Uint8Array(all.length);
  for (let i = all.length - 1; i >= 0; i--) {
    const row = all[i]!;
    if (row.kind === 'span' && (isKept[i] === 1 || isWanted(row))) {
      isKept[i] = 1;
      if (row.parent >= 0) isKept[row.parent] = 1;
    }
  }
  const places = new Int32Array(all.length).fill(-1);
  const rows: TraceRow[] = [];
  let [spans, logs] = [0, 0];
  for (const [i, row] of all.entries()) {
    const isShown = row.kind === 'span' ? isKept[i] === 1 : row.parent < 0 || isKept[row.parent] === 1;
    if (isShown) places[i] = rows.push({ ...row, parent: row.parent < 0 ? -1 : places[row.parent]! }) - 1;
    else if (row.kind === 'span') spans += row.members.length;
    else logs += row.logs.length;
  }
  return { rows, spans, logs };
}

function hasError({ forest }: Trace, { members }: SpanRow): boolean {
  return members.some(i => forest.spans[i]!.isError);
}

/** The time of all spans of a row, in milliseconds. */
export function totalMs({ timing }: Trace, { members }: SpanRow): number {
  return members.reduce((sum, i) => sum + timing.ends[i]! - timing.starts[i]!, 0);
}

function foldedIn(rows: readonly TraceRow[]): TraceRows['folded'] {
  let [count, spans, logs] = [0, 0, 0];
  for (const row of rows) {
    const size = row.kind === 'span' ? row.members.length : row.logs.length;
    if (size === 1) continue;
    count++;
    if (row.kind === 'span') spans += size;
    else logs += size;
  }
  return { rows: count, spans, logs };
}
