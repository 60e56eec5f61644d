import fc from 'fast-check';
import type { LogRecord, SpanRecord } from '../../../src/consumers/traces/span.js';

let nextId = 1;

/** A span; by default of service `web`, from 0 to 10 ms, without a parent. */
export function span(spanId: string, more: Partial<SpanRecord> = {}): SpanRecord {
  return {
    eventId: nextId++,
    spanId,
    parentId: undefined,
    service: 'web',
    name: spanId,
    kind: undefined,
    status: undefined,
    isError: false,
    startMs: 0,
    durationMs: 10,
    matches: true,
    ...more,
  };
}

/** A log line of a span. */
export function log(spanId: string | undefined, message: string, more: Partial<LogRecord> = {}): LogRecord {
  return { eventId: nextId++, spanId, type: 'log', service: 'web', severity: 'INFO', message, timeMs: 0, ...more };
}

const ids = fc.option(fc.integer({ min: 0, max: 12 }).map(String), { nil: undefined, freq: 8 });
const times = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.double({ min: 0, max: 50, noNaN: true }));

/** Any spans: missing parents, cycles, shared ids, late roots, wrong clocks, spans without length and without end. */
export const anySpans: fc.Arbitrary<SpanRecord[]> = fc
  .array(
    fc.record({
      spanId: ids,
      parentId: ids,
      service: fc.constantFrom('web', 'db', ''),
      name: fc.constantFrom('a', 'b', 'c'),
      kind: fc.constantFrom(undefined, 'CLIENT', 'SERVER', 'INTERNAL'),
      isError: fc.boolean(),
      startMs: times,
      durationMs: fc.option(fc.oneof(times, fc.constant(0), fc.constant(-5)), { nil: undefined, freq: 6 }),
      matches: fc.boolean(),
    }),
    { maxLength: 30 },
  )
  .map(list => list.map((fields, i) => ({ ...fields, eventId: i + 1, status: undefined })));

/** Any logs, of stored spans and of others. */
export const anyLogs: fc.Arbitrary<LogRecord[]> = fc
  .array(
    fc.record({
      spanId: ids,
      type: fc.constantFrom('log', 'event'),
      service: fc.constantFrom('web', 'db'),
      severity: fc.constantFrom(undefined, 'INFO', 'ERROR'),
      message: fc.constantFrom('x', 'y'),
      timeMs: times,
    }),
    { maxLength: 12 },
  )
  .map(list => list.map((fields, i) => ({ ...fields, eventId: 1000 + i })));
