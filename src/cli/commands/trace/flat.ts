import { rowsOf, type RowOptions } from '../../../consumers/traces/rows.js';
import type { LogRecord } from '../../../consumers/traces/span.js';
import type { Trace } from '../../../consumers/traces/trace.js';
import { timestampPrinter } from '../../../query/result/timestamps.js';

/** A span for programs. Times are in milliseconds; `offset_ms` counts from the start of the trace. */
export interface FlatSpan {
  readonly span_id: string | null;
  readonly parent_span_id: string | null;
  readonly service: string | null;
  readonly name: string;
  readonly kind: string | null;
  readonly status: string | null;
  readonly error: boolean;
  readonly start: string;
  readonly offset_ms: number;
  /** Null without an end. */
  readonly duration_ms: number | null;
  readonly self_ms: number;
  readonly critical_ms: number;
  /** The correction in `start` and `offset_ms`. */
  readonly skew_ms: number;
  readonly depth: number;
  readonly event_id: number;
  /** `parent_missing`, `cycle` or `no_end`. */
  readonly problems: readonly string[];
  readonly logs: readonly FlatLog[];
}

/** A log for programs. */
export interface FlatLog {
  readonly time: string;
  readonly offset_ms: number;
  readonly type: string;
  readonly severity: string | null;
  readonly service: string | null;
  readonly message: string;
  readonly event_id: number;
}

const isoNanoseconds = timestampPrinter(1_000_000_000n, 'iso');

/** The spans of a trace in the order of the tree, each before those below it. */
export function* flatSpans(trace: Trace, options: Omit<RowOptions, 'folds'>): Generator<FlatSpan> {
  const { forest, timing, criticalMs, logsOf } = trace;
  const { orphans, cycles } = forest.repairs;
  for (const row of rowsOf(trace, { ...options, folds: false, showsLogs: false }).rows) {
    if (row.kind === 'log') continue;
    const i = row.members[0]!;
    const span = forest.spans[i]!;
    const isOpen = span.durationMs === undefined;
    yield {
      span_id: span.spanId ?? null,
      parent_span_id: span.parentId ?? null,
      service: span.service === '' ? null : span.service,
      name: span.name,
      kind: span.kind ?? null,
      status: span.status ?? null,
      error: span.isError,
      start: isoTime(trace, timing.starts[i]!),
      offset_ms: rounded(timing.starts[i]! - timing.fromMs),
      duration_ms: isOpen ? null : rounded(span.durationMs),
      self_ms: rounded(timing.selfMs[i]!),
      critical_ms: rounded(criticalMs[i]!),
      skew_ms: rounded(timing.skews[i]!),
      depth: row.depth,
      event_id: span.eventId,
      problems: [
        ...(orphans.has(i) ? ['parent_missing'] : []),
        ...(cycles.has(i) ? ['cycle'] : []),
        ...(isOpen ? ['no_end'] : []),
      ],
      logs: options.showsLogs ? (logsOf.get(i) ?? []).map(log => flatLog(trace, log)) : [],
    };
  }
}

function flatLog(trace: Trace, { timeMs, type, severity, service, message, eventId }: LogRecord): FlatLog {
  return {
    time: isoTime(trace, timeMs),
    offset_ms: rounded(timeMs - trace.timing.fromMs),
    type,
    severity: severity ?? null,
    service: service === '' ? null : service,
    message,
    event_id: eventId,
  };
}

/**
 * The JSON text of a trace, in parts: its amounts, then `spans`, the trees, each span with its `children`. Without
 * recursion, since JSON.stringify fails on deep trees.
 */
export function* treeJson(
  trace: Trace,
  options: Omit<RowOptions, 'folds'>,
  notes: readonly string[],
): Generator<string> {
  const { forest, timing, path, otherLogs, logs } = trace;
  const head = {
    trace_id: trace.traceId,
    start: isoTime(trace, timing.fromMs),
    duration_ms: rounded(timing.toMs - timing.fromMs),
    span_count: forest.spans.length,
    error_count: forest.spans.filter(({ isError }) => isError).length,
    log_count: logs.length,
    services: [...new Set(forest.spans.map(({ service }) => service))].filter(name => name !== '').sort(),
    critical_path: path.map(({ span, fromMs, toMs }) => ({
      span_id: forest.spans[span]!.spanId ?? null,
      service: forest.spans[span]!.service,
      name: forest.spans[span]!.name,
      offset_ms: rounded(fromMs - timing.fromMs),
      duration_ms: rounded(toMs - fromMs),
    })),
    notes,
    logs: options.showsLogs ? otherLogs.map(log => flatLog(trace, log)) : [],
  };
  yield `${JSON.stringify(head).slice(0, -1)},"spans":[`;
  let open = 0;
  for (const span of flatSpans(trace, options)) {
    const closed = open - span.depth;
    if (closed > 0) yield `${']}'.repeat(closed)},`;
    yield `\n${JSON.stringify(span).slice(0, -1)},"children":[`;
    open = span.depth + 1;
  }
  yield `${']}'.repeat(open)}\n]}\n`;
}

function isoTime({ baseNs }: Trace, ms: number): string {
  return `${isoNanoseconds(baseNs + BigInt(Math.round(ms * 1e6)))}Z`;
}

/** Milliseconds to the nanosecond, without errors of arithmetic. */
function rounded(ms: number): number {
  return Number(ms.toFixed(6));
}
