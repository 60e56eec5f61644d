import { preorder } from '../../../consumers/traces/forest.js';
import { rowsOf, totalMs, type RowOptions, type SpanRow, type TraceRow } from '../../../consumers/traces/rows.js';
import type { Trace } from '../../../consumers/traces/trace.js';
import { zonedPrinter } from '../../../query/result/timestamps.js';
import { formatQuantity } from '../../../render/charts/quantity.js';
import type { DrawnRow, DrawnTrace, Interval, PathPart } from '../../../render/traces/drawn-trace.js';
import { counted } from '../../shared/count.js';
import type { HideBelow } from './options.js';
import { traceNotes } from './notes.js';

/** The choice of the part of a trace to draw. */
export interface DrawOptions extends Pick<RowOptions, 'top' | 'folds' | 'showsLogs' | 'onlyMatches'> {
  readonly hideBelow?: HideBelow | undefined;
  readonly timezone: string;
  /** Names and values of the span at the top. */
  readonly details?: DrawnTrace['details'];
}

/** The part of the time axis that is drawn, in milliseconds since the base of the trace. */
interface Window {
  readonly from: number;
  readonly length: number;
}

/** Lays out a trace, or one span of it, for drawing. */
export function drawnTrace(trace: Trace, options: DrawOptions): DrawnTrace {
  const { forest } = trace;
  const { top, hideBelow } = options;
  const window = windowOf(trace, top);
  const rows = rowsOf(trace, { ...options, hideBelowMs: limitMs(hideBelow, window) });
  const spans = spansOf(trace, top);
  const counts = new Map<string, number>();
  for (const { service } of forest.spans) counts.set(service, (counts.get(service) ?? 0) + 1);
  const services = [...counts];
  const colors = new Map(services.map(([name], i) => [name, i]));
  const first = top ?? forest.roots[0];
  return {
    traceId: trace.traceId,
    title: first === undefined ? '' : operationOf(trace, first),
    facts: factsOf(trace, services, window, options),
    above: top === undefined ? [] : ancestorsOf(trace, top),
    details: options.details ?? [],
    services,
    lengthMs: window.length,
    rows: rows.rows.map(row => drawnRow(trace, rows.rows, row, window, colors)),
    path: pathOf(trace, spans, window),
    notes: traceNotes(trace, { rows, spans, lengthMs: window.length, hideBelow }),
  };
}

/** The part of the time axis that is drawn: that of a span, else of the whole trace. */
export function windowOf({ timing, forest, otherLogs, logsOf }: Trace, top: number | undefined): Window {
  if (top !== undefined) return { from: timing.starts[top]!, length: timing.ends[top]! - timing.starts[top]! };
  if (forest.spans.length > 0) return { from: timing.fromMs, length: timing.toMs - timing.fromMs };
  const times = [...otherLogs, ...[...logsOf.values()].flat()].map(({ timeMs }) => timeMs);
  const from = times.reduce((least, ms) => Math.min(least, ms), Infinity);
  return times.length === 0 ? { from: 0, length: 0 } : { from, length: Math.max(...times.slice(-1)) - from };
}

/** The spans that are drawn or left out of the drawing: all, or one with those below it. */
export function spansOf({ forest }: Trace, top: number | undefined): Int32Array {
  return top === undefined ? forest.order : preorder([top], forest.children);
}

/** The least time of a row, in milliseconds. */
export function limitMs(hideBelow: HideBelow | undefined, { length }: Window): number {
  if (hideBelow === undefined) return 0;
  return 'ms' in hideBelow ? hideBelow.ms : hideBelow.share * length;
}

function factsOf(
  trace: Trace,
  services: DrawnTrace['services'],
  { from, length }: Window,
  { timezone, top }: DrawOptions,
): string[] {
  const { forest, logs, timing, criticalMs, baseNs } = trace;
  const errors = forest.spans.filter(({ isError }) => isError).length;
  const micros = baseNs / 1000n + BigInt(Math.round(from * 1000));
  const start = zonedPrinter(timezone, 'readable')(micros - (micros % 1000n));
  const zone = timezone === 'UTC' ? ' UTC' : '';
  const ms = (value: number): string => formatQuantity(value, 'ms');
  if (top !== undefined) {
    const critical = criticalMs[top]! > 0 ? [`${ms(criticalMs[top]!)} on the critical path`] : [];
    return [ms(length), `${ms(timing.selfMs[top]!)} itself`, ...critical, `from ${start}${zone}`];
  }
  return [
    ms(length),
    counted(forest.spans.length, 'span'),
    ...(services.length > 1 ? [counted(services.length, 'service')] : []),
    ...(errors > 0 ? [counted(errors, 'error')] : []),
    ...(logs.length > 0 ? [counted(logs.length, 'log')] : []),
    `from ${start}${zone}`,
  ];
}

function operationOf({ forest }: Trace, i: number): string {
  const { service, name } = forest.spans[i]!;
  return service === '' ? name : `${service} ${name}`;
}

function ancestorsOf(trace: Trace, top: number): string[] {
  const above: string[] = [];
  for (let at = trace.forest.parents[top]!; at >= 0; at = trace.forest.parents[at]!) above.push(operationOf(trace, at));
  return above.reverse();
}

function drawnRow(
  trace: Trace,
  rows: readonly TraceRow[],
  row: TraceRow,
  { from, length }: Window,
  colors: ReadonlyMap<string, number>,
): DrawnRow {
  const share = (ms: number): number => (length > 0 ? (ms - from) / length : 0);
  const { depth } = row;
  if (row.kind === 'log') {
    const { severity, type, message, timeMs } = row.logs[0]!;
    const intervals = row.logs.map(log => [share(log.timeMs), share(log.timeMs)] as const);
    return {
      kind: 'log',
      depth,
      severity: severity ?? type,
      message,
      count: row.logs.length,
      atMs: timeMs - from,
      intervals,
    };
  }
  const { forest, timing, criticalMs } = trace;
  const { members } = row;
  const span = forest.spans[members[0]!]!;
  const above = row.parent < 0 ? undefined : rows[row.parent];
  const isUnknown = members.every(
    i => forest.spans[i]!.durationMs === undefined && timing.ends[i] === timing.starts[i],
  );
  const isRepeated = above?.kind === 'span' && forest.spans[above.members[0]!]!.service === span.service;
  return {
    kind: 'span',
    depth,
    color: colors.get(span.service) ?? 0,
    service: isRepeated ? '' : span.service,
    name: span.name,
    count: members.length,
    totalMs: isUnknown ? undefined : totalMs(trace, row),
    selfMs: isUnknown ? undefined : members.reduce((sum, i) => sum + timing.selfMs[i]!, 0),
    isError: span.isError,
    isCritical: members.some(i => criticalMs[i]! > 0),
    marks: marksOf(trace, row),
    intervals: members.map((i): Interval => [share(timing.starts[i]!), share(timing.ends[i]!)]),
  };
}

function marksOf({ forest, timing }: Trace, { members }: SpanRow): string {
  const { orphans } = forest.repairs;
  return [
    members.some(i => orphans.has(i)) ? '?' : '',
    members.some(i => timing.moved.has(i)) ? '~' : '',
    members.some(i => forest.spans[i]!.durationMs === undefined) ? '>' : '',
  ].join('');
}

/** The operations on the critical path within the window, those with the most time first. */
function pathOf(trace: Trace, spans: Int32Array, { from, length }: Window): PathPart[] {
  const isDrawn = new Set(spans);
  const byLabel = new Map<string, number>();
  let all = 0;
  for (const { span, fromMs, toMs } of trace.path) {
    const ms = Math.min(toMs, from + length) - Math.max(fromMs, from);
    if (ms <= 0 || !isDrawn.has(span)) continue;
    const label = operationOf(trace, span);
    byLabel.set(label, (byLabel.get(label) ?? 0) + ms);
    all += ms;
  }
  return [...byLabel]
    .map(([label, ms]) => ({ label, ms, share: ms / all }))
    .sort((a, b) => b.ms - a.ms || (a.label < b.label ? -1 : 1));
}
