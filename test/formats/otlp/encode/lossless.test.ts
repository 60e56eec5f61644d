import fc, { type Arbitrary } from 'fast-check';
import { expect, test } from 'vitest';
import { OtlpRequests, type EventToEncode } from '../../../../src/formats/otlp/encode/requests.js';
import type { Signal } from '../../../../src/formats/otlp/messages.js';
import { decodeOtlp } from '../../../helpers/otlp-decode.js';
import { propertyRuns } from '../../../helpers/property-runs.js';

/*
 * The law: a request that is decoded to events, and encoded again, is the same request. Requests are made in their normal
 * form: without fields that have their default, and with data points of one metric together.
 */

type Json = Record<string, unknown>;

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
const uint64 = fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }).map(String);
const uint32 = fc.integer({ min: 1, max: 0xffffffff });
/** A double that JSON holds. */
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map(value => value + 0);
const text = fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme' });
const hex = (bytes: number): Arbitrary<string> =>
  fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .filter(id => id.some(byte => byte !== 0))
    .map(id => Buffer.from(id).toString('hex'));
const ids = { traceId: hex(16), spanId: hex(8) };

const { value } = fc.letrec<{ value: Json }>(tie => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant({}),
    fc.record({ stringValue: fc.string({ maxLength: 8, unit: 'binary' }) }),
    fc.record({ stringValue: fc.constantFrom('NaN', 'AAEC', '1', 'null') }),
    fc.record({ boolValue: fc.boolean() }),
    fc.record({ intValue: int64 }),
    fc.record({ doubleValue: fc.oneof(finite, fc.constantFrom('NaN', 'Infinity', '-Infinity')) }),
    fc.record({
      bytesValue: fc.uint8Array({ minLength: 1, maxLength: 9 }).map(b => Buffer.from(b).toString('base64')),
    }),
    fc.record({
      arrayValue: fc.record({ values: fc.array(tie('value'), { maxLength: 3 }) }),
    }),
    fc.record({
      kvlistValue: fc.record({
        values: fc.uniqueArray(fc.record({ key: text, value: tie('value') }), { maxLength: 3, selector: m => m.key }),
      }),
    }),
  ),
}));

/** Names that events have of their own, that both levels share, and others. */
const key = fc.oneof(
  text,
  fc.constantFrom('type', 'name', 'time', 'host.name', 'service.version', 'body', 'level', 'trace_id', 'count', 'msg'),
);
const attributes = fc.uniqueArray(fc.record({ key, value }), { minLength: 1, maxLength: 4, selector: m => m.key });
const dropped = { droppedAttributesCount: uint32 };

/** An object with any of the members. */
function some(members: Record<string, Arbitrary<unknown>>): Arbitrary<Json> {
  return fc.record(members, { requiredKeys: [] });
}

const span = fc
  .tuple(
    fc.record({ ...ids, kind: fc.integer({ min: 0, max: 7 }), status: fc.record({ code: fc.nat(2) }) }),
    some({
      ...{ parentSpanId: hex(8), traceState: text, flags: uint32, name: text, attributes },
      ...{ startTimeUnixNano: fc.constant('1795871799344767717'), endTimeUnixNano: uint64 },
      ...{ ...dropped, droppedEventsCount: uint32, droppedLinksCount: uint32 },
      events: fc.array(some({ timeUnixNano: uint64, name: text, attributes, ...dropped }), { minLength: 1 }),
      links: fc.array(some({ ...ids, traceState: text, flags: uint32, attributes, ...dropped }), { minLength: 1 }),
    }),
  )
  .map(([base, more]): Json => ({ ...base, ...more }));

const log = fc
  .tuple(
    fc.record({ timeUnixNano: uint64 }),
    some({
      ...{ observedTimeUnixNano: uint64, severityNumber: fc.integer({ min: 1, max: 24 }), severityText: text },
      ...{ eventName: text, body: value, ...ids, flags: uint32, attributes, ...dropped },
    }),
  )
  .map(([base, more]): Json => ({ ...base, ...more }));

const exemplars = fc.array(
  fc
    .tuple(
      fc.oneof(fc.record({ asInt: int64 }), fc.record({ asDouble: finite })),
      some({ timeUnixNano: uint64, ...ids }),
    )
    .map(([number, more]): Json => ({ ...number, ...more })),
  { minLength: 1, maxLength: 2 },
);
const point = { timeUnixNano: uint64, startTimeUnixNano: uint64, attributes };
const ranged = { sum: finite, min: finite, max: finite, exemplars };

function points(members: Arbitrary<Json>, more: Record<string, Arbitrary<unknown>>): Arbitrary<Json> {
  const one = fc.tuple(members, some({ ...point, ...more })).map(([base, rest]): Json => ({ ...base, ...rest }));
  return fc.record({ dataPoints: fc.array(one, { minLength: 1, maxLength: 3 }) });
}

const numbers = points(
  fc.oneof(
    fc.record({ asInt: int64 }),
    fc.record({ asDouble: fc.oneof(finite, fc.constantFrom('NaN', 'Infinity', '-Infinity')) }),
    fc.record({ flags: fc.constant(1) }),
  ),
  { exemplars },
);
const temporality = { aggregationTemporality: fc.nat(2) };
const histogram = points(
  fc.array(finite, { maxLength: 3 }).chain(explicitBounds => {
    const bucketCounts = fc.array(uint64, {
      minLength: explicitBounds.length + 1,
      maxLength: explicitBounds.length + 1,
    });
    return fc.record({ count: uint64, bucketCounts, explicitBounds: fc.constant(explicitBounds) });
  }),
  ranged,
);
const side = fc.record({
  offset: fc.integer({ min: -20, max: 20 }),
  bucketCounts: fc.array(uint64, { minLength: 1, maxLength: 3 }),
});
const exponential = points(fc.record({ count: uint64, scale: fc.integer({ min: -2, max: 8 }), zeroCount: uint64 }), {
  ...ranged,
  ...{ zeroThreshold: finite, positive: side, negative: side },
});
const quantile = fc.oneof(finite, fc.constantFrom('NaN'));
const summary = points(
  fc.record({
    ...{ count: uint64, sum: finite },
    quantileValues: fc.array(fc.record({ quantile: finite, value: quantile }), { minLength: 1 }),
  }),
  {},
);

function withMore(data: Arbitrary<Json>, more: Record<string, Arbitrary<unknown>>): Arbitrary<Json> {
  return fc.tuple(data, fc.record(more)).map(([base, rest]): Json => ({ ...rest, ...base }));
}

const metric = fc
  .tuple(
    fc.record({ name: text }),
    some({ description: text, unit: text, metadata: attributes }),
    fc.oneof(
      fc.record({ gauge: numbers }),
      fc.record({ sum: withMore(numbers, { ...temporality, isMonotonic: fc.boolean() }) }),
      fc.record({ histogram: withMore(histogram, temporality) }),
      fc.record({ exponentialHistogram: withMore(exponential, temporality) }),
      fc.record({ summary }),
    ),
  )
  .map(([name, more, data]): Json => ({ ...name, ...more, ...data }));

const service = fc.record({ key: fc.constant('service.name'), value: fc.record({ stringValue: text }) });
const resource = fc
  .tuple(service, attributes, some(dropped))
  .map(([name, others, more]): Json => ({ attributes: [name, ...others], ...more }));
const scope = fc.tuple(fc.record({ name: text }), some({ version: text, attributes, ...dropped }));

function requestOf(outer: string, inner: string, list: string, record: Arbitrary<Json>): Arbitrary<Json> {
  return fc
    .record({
      resource,
      scope: scope.map(([name, more]) => ({ ...name, ...more })),
      records: fc.uniqueArray(record, { minLength: 1, maxLength: 3, selector: ({ name, ...rest }) => name ?? rest }),
      urls: fc.tuple(some({ schemaUrl: text }), some({ schemaUrl: text })),
    })
    .map(({ records, urls, ...parts }) => ({
      [outer]: [
        { resource: parts.resource, ...urls[0], [inner]: [{ scope: parts.scope, ...urls[1], [list]: records }] },
      ],
    }));
}

/** The event with the core columns that a query computes. */
function eventOf(payload: string): EventToEncode {
  const event = JSON.parse(payload) as Record<string, unknown>;
  const of = (...names: string[]): string | null => {
    const found = names.map(name => event[name]).find(member => typeof member === 'string');
    return found ?? null;
  };
  return {
    ...{ type: of('type')!, name: of('name', 'metric_name', 'event_name'), severity: 'ERROR', message: of('body') },
    ...{ service: of('service_name'), traceId: of('trace_id'), spanId: of('span_id') },
    ...{ parentSpanId: of('parent_span_id'), durationMs: null, time: 5n, payload: Buffer.from(payload) },
  };
}

test.each([
  ['traces', requestOf('resourceSpans', 'scopeSpans', 'spans', span)],
  ['logs', requestOf('resourceLogs', 'scopeLogs', 'logRecords', log)],
  ['metrics', requestOf('resourceMetrics', 'scopeMetrics', 'metrics', metric)],
] as readonly (readonly [Signal, Arbitrary<Json>])[])(
  'encodes decoded %s as they were sent',
  async (signal, arbitrary) => {
    await fc.assert(
      fc.asyncProperty(arbitrary, async request => {
        const { texts, rejections } = await decodeOtlp(signal, request);
        expect(rejections.count).toBe(0);
        const requests = new OtlpRequests();
        for (const payload of texts) requests.add(eventOf(payload));
        const encoded = requests.takeRequests(true);

        expect(encoded.map(({ json }) => JSON.parse(json) as Json)).toEqual([request]);
      }),
      { numRuns: propertyRuns(40) },
    );
  },
);
