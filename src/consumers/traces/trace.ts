import { criticalPath, type Section } from './critical-path.js';
import { buildForest, type Forest } from './forest.js';
import type { LogRecord, TraceRecords } from './span.js';
import { timeSpans, type Timing } from './timing.js';

/** A trace with everything that is computed of it. */
export interface Trace {
  readonly traceId: string;
  readonly baseNs: bigint;
  readonly forest: Forest;
  readonly timing: Timing;
  /** In the order of time. */
  readonly path: readonly Section[];
  /** The time of each span on the critical path, in milliseconds. */
  readonly criticalMs: Float64Array;
  readonly logs: readonly LogRecord[];
  /** The logs of each span, in the order of time, by the span's index. */
  readonly logsOf: ReadonlyMap<number, readonly LogRecord[]>;
  /** The logs that belong to no stored span, in the order of time. */
  readonly otherLogs: readonly LogRecord[];
}

/** Joins and measures the events of a trace. Takes any records, see {@link buildForest}. */
export function analyzeTrace({ traceId, baseNs, spans, logs }: TraceRecords, mendsSkew = true): Trace {
  const { forest, timing } = timeSpans(buildForest(spans), mendsSkew);
  const path = criticalPath(forest, timing);
  const criticalMs = new Float64Array(forest.spans.length);
  for (const { span, fromMs, toMs } of path) criticalMs[span] = criticalMs[span]! + toMs - fromMs;
  return { traceId, baseNs, forest, timing, path, criticalMs, logs, ...attachLogs(forest, timing, logs) };
}

/** Gives logs to their spans. A log moves with a span whose clock was wrong. */
function attachLogs(
  { spans }: Forest,
  { skews }: Timing,
  logs: readonly LogRecord[],
): Pick<Trace, 'logsOf' | 'otherLogs'> {
  const byId = new Map<string, number>();
  for (const [i, { spanId }] of spans.entries()) if (spanId !== undefined && !byId.has(spanId)) byId.set(spanId, i);
  const logsOf = new Map<number, LogRecord[]>();
  const otherLogs: LogRecord[] = [];
  for (const log of [...logs].sort((a, b) => a.timeMs - b.timeMs || a.eventId - b.eventId)) {
    const span = log.spanId === undefined ? undefined : byId.get(log.spanId);
    if (span === undefined) {
      otherLogs.push(log);
      continue;
    }
    const skew = log.service === spans[span]!.service ? skews[span]! : 0;
    const own = logsOf.get(span) ?? [];
    if (own.length === 0) logsOf.set(span, own);
    own.push(skew === 0 ? log : { ...log, timeMs: log.timeMs + skew });
  }
  return { logsOf, otherLogs };
}
