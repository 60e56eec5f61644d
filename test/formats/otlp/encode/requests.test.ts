import { expect, test } from 'vitest';
import { OtlpRequests, type EventToEncode } from '../../../../src/formats/otlp/encode/requests.js';
import { decodeOtlp } from '../../../helpers/otlp-decode.js';

const attributes = [
  { key: 'text', value: { stringValue: 'a "b"\n\u0000' } },
  { key: 'big', value: { intValue: '9007199254740993' } },
  { key: 'double', value: { doubleValue: 1 } },
  { key: 'none', value: {} },
  { key: 'flag', value: { boolValue: false } },
  { key: 'list', value: { arrayValue: { values: [{ intValue: '1' }, { stringValue: 'x' }] } } },
  { key: 'map', value: { kvlistValue: { values: [{ key: 'k', value: { doubleValue: 0.5 } }] } } },
  { key: 'type', value: { stringValue: 'taken' } },
];
const resource = {
  attributes: [
    { key: 'service.name', value: { stringValue: 'shop' } },
    { key: 'host.name', value: { stringValue: 'a' } },
  ],
};
const scope = { name: 'lib', version: '1.2' };
const TIME = '1795871799344767717';
const ids = { traceId: '600fbba606b5fc9959c814c389dad11d', spanId: '401e7042994a14e1' };

const SPAN = {
  ...ids,
  parentSpanId: '401e7042994a14e2',
  traceState: 'a=b',
  flags: 257,
  name: 'GET /',
  kind: 2,
  startTimeUnixNano: TIME,
  endTimeUnixNano: '1795871799344797108',
  attributes,
  droppedAttributesCount: 3,
  events: [{ timeUnixNano: TIME, name: 'exception', attributes, droppedAttributesCount: 1 }],
  links: [{ ...ids, traceState: 'c=d', attributes, flags: 1 }],
  status: { code: 2, message: 'failed' },
};
const LOG = {
  ...ids,
  timeUnixNano: TIME,
  observedTimeUnixNano: '1795871799344767718',
  severityNumber: 17,
  severityText: 'ERROR',
  eventName: 'order.failed',
  body: { kvlistValue: { values: [{ key: 'a', value: { intValue: '1' } }] } },
  flags: 1,
  attributes,
};
const point = { timeUnixNano: TIME, startTimeUnixNano: '1795871799000000000', attributes };
const exemplars = [{ timeUnixNano: TIME, asInt: '7', ...ids, filteredAttributes: attributes }];
const METRICS = [
  { name: 'g', description: 'd', unit: 'By', gauge: { dataPoints: [{ ...point, asInt: '-9007199254740993' }] } },
  { name: 'nan', gauge: { dataPoints: [{ ...point, asDouble: 'NaN' }] } },
  { name: 'gap', gauge: { dataPoints: [{ ...point, flags: 1 }] } },
  {
    name: 's',
    sum: { aggregationTemporality: 2, isMonotonic: true, dataPoints: [{ ...point, asDouble: 1.5, exemplars }] },
  },
  {
    name: 'h',
    histogram: {
      aggregationTemporality: 1,
      dataPoints: [{ ...point, count: '3', sum: 6, min: 1, max: 3, bucketCounts: ['1', '2'], explicitBounds: [2] }],
    },
  },
  {
    name: 'e',
    exponentialHistogram: {
      aggregationTemporality: 2,
      dataPoints: [
        {
          ...{ ...point, count: '6', sum: 9.5, scale: 3, zeroCount: '1', zeroThreshold: 0.25 },
          positive: { offset: -2, bucketCounts: ['1', '2'] },
          negative: { offset: 4, bucketCounts: ['2'] },
        },
      ],
    },
  },
  {
    name: 'q',
    summary: {
      dataPoints: [
        {
          ...point,
          count: '2',
          sum: 3,
          quantileValues: [
            { quantile: 0.5, value: 1 },
            { quantile: 1, value: 2 },
          ],
        },
      ],
    },
  },
];

/** The event with the core columns that a query computes. */
function eventOf(text: string): EventToEncode {
  const event = JSON.parse(text) as Record<string, string | null | undefined>;
  const { type, name, metric_name, event_name, service_name, trace_id, span_id, parent_span_id } = event;
  return {
    type: type!,
    name: name ?? metric_name ?? event_name ?? null,
    severity: type === 'log' ? 'ERROR' : null,
    message: null,
    service: service_name ?? null,
    traceId: trace_id ?? null,
    spanId: span_id ?? null,
    parentSpanId: parent_span_id ?? null,
    durationMs: null,
    time: 1_795_871_799_344_767n,
    payload: Buffer.from(text),
  };
}

function encoded(events: readonly EventToEncode[]): string[] {
  const requests = new OtlpRequests();
  for (const event of events) requests.add(event);
  return requests.take(true).trimEnd().split('\n');
}

test.each([
  ['traces', { resourceSpans: [{ resource, scopeSpans: [{ scope, spans: [SPAN] }] }] }],
  ['logs', { resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords: [LOG] }] }] }],
  ['metrics', { resourceMetrics: [{ resource, scopeMetrics: [{ scope, metrics: METRICS }] }] }],
] as const)('gives %s back as they were decoded', async (signal, request) => {
  const { events, texts } = await decodeOtlp(signal, request);
  expect(events.length).toBeGreaterThan(0);

  const lines = encoded(texts.map(eventOf));
  expect(lines).toHaveLength(1);
  const again = await decodeOtlp(signal, JSON.parse(lines[0]!) as object);

  expect(again.rejections.count).toBe(0);
  expect(again.events).toEqual(events);
  // Digits past 53 bits, which JSON.parse does not keep.
  const integers = (text: string): string[] => (text.match(/\d{16,}/g) ?? []).sort();
  expect(again.texts.map(integers)).toEqual(texts.map(integers));
});

test('makes log records of events that are neither spans nor data points', async () => {
  const base = { name: null, severity: null, message: null, service: null, durationMs: null, time: 1_000_001n };
  const none = { ...base, traceId: null, spanId: null, parentSpanId: null };
  const lines = encoded([
    { ...none, type: 'trace', traceId: 'abc', payload: Buffer.from('{"type":"trace","trace_id":"abc"}') },
    { ...none, type: 'metric', payload: Buffer.from('{"type":"metric","metric_name":"x"}') },
    { ...none, type: 'order', name: 'placed', payload: Buffer.from('{"type":"order","event":"placed"}') },
    {
      ...{ ...none, type: 'log', severity: 'WARN', message: 'hi' },
      payload: Buffer.from(
        '{"level":"warn","msg":"hi","n":12345678901234567890123,"time":"1970-01-01T00:00:01.000001234Z"}',
      ),
    },
    { ...none, type: 'event', payload: Buffer.from('"text"') },
  ]);
  const { events, rejections } = await decodeOtlp('logs', JSON.parse(lines.join('')) as object);

  expect(rejections.count).toBe(0);
  expect(events).toMatchObject([
    { type: 'log', 'attributes.trace_id': 'abc', 'attributes.type': 'trace', time_unix_nano: 1_000_001_000 },
    { 'attributes.type': 'metric', metric_name: 'x' },
    { event_name: 'placed', event: 'placed', 'attributes.type': 'order' },
    {
      ...{ severity_text: 'warn', severity_number: 13, body: 'hi', time_unix_nano: 1_000_001_234 },
      n: '12345678901234567890123',
    },
    { body: 'text' },
  ]);
});
