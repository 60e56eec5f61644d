import type { StoreReport } from '../../../consumers/report/read-report.js';

/** The numbers of a report for programs. Durations are in milliseconds. */
export function reportJson({ times, types, events, errors, errorPatterns, slowest, operations, metrics }: StoreReport) {
  const iso = (micros: number): string => new Date(micros / 1000).toISOString();
  return {
    from: times ? iso(times.start) : null,
    to: times ? iso(times.start + times.step * times.steps) : null,
    step_ms: times ? times.step / 1000 : null,
    events,
    errors,
    types,
    error_patterns: errorPatterns.patterns.map(({ template, events: count, first, last, example, where }) => ({
      template,
      events: count,
      first,
      last,
      example,
      where,
    })),
    slowest_traces: slowest.map(({ traceId, timing, forest }) => ({
      trace_id: traceId,
      duration_ms: Number((timing.toMs - timing.fromMs).toFixed(6)),
      spans: forest.spans.length,
    })),
    operations: operations.map(({ service, operation, calls, errors: failed, p50, p95, p99, total }) => ({
      service,
      operation,
      calls,
      errors: failed,
      p50,
      p95,
      p99,
      total,
    })),
    metrics: metrics.map(({ name, service, unit, points, min, avg, max, last }) => ({
      name,
      service,
      unit,
      points,
      min,
      avg,
      max,
      last,
    })),
  };
}
