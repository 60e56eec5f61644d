import { describe, expect, test } from 'vitest';
import { attribute, field, fixed64, request } from '../../helpers/otlp-bytes.js';
import { decodeOtlp } from '../../helpers/otlp-decode.js';

const logs = (...logRecords: unknown[]) => ({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
const body = (value: unknown) => ({ body: value });
const text = (stringValue: string) => body({ stringValue });

/** A request as it is written, numbers of any length included. */
const sent = (json: string): Uint8Array & object => Buffer.from(json);

async function decodeJson(json: string) {
  const { OtlpDecoder } = await import('../../../src/formats/otlp/decode.js');
  const decoded = await new OtlpDecoder(1024 * 1024).decode('logs', 'json', sent(json));
  const texts: string[] = [];
  const rejections = await decoded.handOn(
    (bytes, start, end) => void texts.push(Buffer.from(bytes.subarray(start, end)).toString()),
    () => undefined,
  );
  decoded.release();
  return { texts, rejections };
}

describe('a value of JSON that is not of its type', () => {
  test.each([
    ['{"intValue":"9223372036854775808"}', '"9223372036854775808"'],
    ['{"intValue":-9223372036854775809}', '"-9223372036854775809"'],
    ['{"intValue":18446744073709551615}', '"18446744073709551615"'],
    ['{"intValue":1e20}', '100000000000000000000.0'],
    ['{"intValue":"1e20"}', '100000000000000000000.0'],
    ['{"intValue":1.5}', '1.5'],
    ['{"intValue":"1e400"}', '"1e400"'],
    ['{"intValue":"many"}', '"many"'],
    ['{"intValue":true}', '"true"'],
    ['{"doubleValue":1e400}', '"1e400"'],
    ['{"doubleValue":"much"}', '"much"'],
    ['{"boolValue":"yes"}', '"yes"'],
    ['{"boolValue":1}', '"1"'],
    ['{"stringValue":5}', '"5"'],
    ['{"stringValue":{"a":1}}', '"{\\"a\\":1}"'],
    ['{"bytesValue":"*"}', '"*"'],
    ['{"arrayValue":5}', '"{\\"arrayValue\\":5}"'],
    ['"plain"', '"plain"'],
    ['5', '"5"'],
    ['[1,2]', '"[1,2]"'],
    ['{"arrayValue":{"values":[{"intValue":"1"},{"intValue":"x"},{"boolValue":true}]}}', '[1,"x",true]'],
    ['{"kvlistValue":{"values":[{"key":"k","value":{"intValue":1e20}}]}}', '{"k":100000000000000000000.0}'],
  ])('is kept: %s', async (value, kept) => {
    const attributes = `"attributes":[{"key":"a","value":${value}},{"key":"b","value":{"intValue":"1"}}]`;
    const { texts, rejections } = await decodeJson(
      `{"resourceLogs":[{"resource":{"attributes":[{"key":"r","value":${value}}]},` +
        `"scopeLogs":[{"logRecords":[{"body":${value},${attributes}},{"body":{"stringValue":"next"}}]}]}]}`,
    );

    expect(texts).toEqual([
      `{"type":"log","body":${kept},"a":${kept},"b":1,"r":${kept}}`,
      `{"type":"log","body":"next","r":${kept}}`,
    ]);
    expect(rejections.count).toBe(0);
  });

  test('is kept as a double where it is a data point', async () => {
    const points = ['"9223372036854775808"', '1e20', '"-9223372036854775809"', '"7"'].map(
      asInt => `{"asInt":${asInt}}`,
    );
    const json = `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"m","gauge":{"dataPoints":[${points.join()},{"exemplars":[{"asInt":1e20}]}]}}]}]}]}`;
    const { events } = await decodeOtlp('metrics', JSON.parse(json) as object);

    expect(events.map(({ metric_value }) => metric_value)).toEqual([2 ** 63, 1e20, -(2 ** 63), 7, null]);
    expect(events[4]!.exemplars).toEqual([{ value: 1e20 }]);
  });

  test('costs nothing where it only counts what was dropped', async () => {
    const record = { ...text('x'), droppedAttributesCount: 1e20 };
    const { texts, rejections } = await decodeOtlp('logs', {
      resourceLogs: [{ resource: { droppedAttributesCount: -1 }, scopeLogs: [{ logRecords: [record] }] }],
    });

    expect(texts).toEqual(['{"type":"log","body":"x"}']);
    expect(rejections.count).toBe(0);
  });

  test.each([
    ['timeUnixNano', '1e40', '"timeUnixNano" must be an integer of the type fixed64, not "1e40"'],
    ['timeUnixNano', -1, '"timeUnixNano" must be an integer of the type fixed64, not -1'],
    ['severityNumber', 1e20, '"severityNumber" must be an integer of the type enum, not 100000000000000000000'],
    ['severityText', 5, '"severityText" must be a string, not 5'],
    ['attributes', {}, '"attributes" must be an array, not {}'],
    ['attributes', [{ key: 5 }], '"key" must be a string, not 5'],
  ])('costs its record elsewhere: %s is %j', async (name, value, message) => {
    const bad = { ...text('bad'), [name]: value };
    const { events, rejections } = await decodeOtlp('logs', logs(text('a'), bad, text('b'), bad));

    expect(events.map(event => event.body)).toEqual(['a', 'b']);
    expect(rejections).toMatchObject({ count: 2, first: { reason: 'invalid_otlp', message } });
    expect([...rejections.byReason]).toEqual([['invalid_otlp', 2]]);
  });

  test('costs its data point, or all of its metric', async () => {
    const point = { asInt: '1', timeUnixNano: '1' };
    const gauge = (...dataPoints: unknown[]) => ({ dataPoints });
    const { events, rejections } = await decodeOtlp('metrics', {
      resourceMetrics: [
        {
          scopeMetrics: [
            {
              metrics: [
                { name: 'm', gauge: gauge(point, { ...point, timeUnixNano: 'x' }, point) },
                { name: 5, gauge: gauge(point, point, point) },
                { name: 'h', histogram: { dataPoints: [{ count: '1', bucketCounts: ['-1'] }, { count: '2' }] } },
              ],
            },
          ],
        },
      ],
    });

    expect(events.map(({ metric_name }) => metric_name)).toEqual(['m', 'm', 'h']);
    expect(rejections.count).toBe(5);
  });

  test.each([
    ['the request has no other record', logs({ timeUnixNano: 'x' }, { timeUnixNano: 'y' })],
    ['it is not in a record', { resourceLogs: [{ schemaUrl: 5, scopeLogs: [{ logRecords: [text('a')] }] }] }],
    ['it is a list', { resourceLogs: {} }],
  ])('costs the request where %s', async (_, json) => {
    await expect(decodeOtlp('logs', json)).rejects.toMatchObject({ reason: 'invalid_otlp' });
  });
});

describe('a record of protobuf that cannot be read', () => {
  const invalid = Buffer.from([0x63, 0xff]);
  const log = (...fields: readonly Buffer[]) => field(2, ...fields);
  const good = (name: string) => log(field(5, field(1, name)));

  test('is left out, with the others stored', async () => {
    const bad = log(field(5, field(1, invalid)));
    const { events, rejections } = await decodeOtlp('logs', request([good('a'), bad, good('b')]));

    expect(events.map(event => event.body)).toEqual(['a', 'b']);
    expect(rejections).toMatchObject({ count: 1, first: { reason: 'invalid_utf8' } });
  });

  test('costs a data point, or all points of its metric', async () => {
    const point = (...fields: readonly Buffer[]) => field(1, fixed64(6, 1n), ...fields);
    const metric = (name: Uint8Array | string, ...points: readonly Buffer[]) =>
      field(2, field(1, name), field(5, ...points));
    const { events, rejections } = await decodeOtlp(
      'metrics',
      request([
        metric('m', point(), point(attribute(7, 'k', field(1, invalid))), point()),
        metric(invalid, point(), point()),
        metric('n', point()),
      ]),
    );

    expect(events.map(({ metric_name }) => metric_name)).toEqual(['m', 'm', 'n']);
    expect(rejections.count).toBe(3);
  });

  test('costs the request where there is no other', async () => {
    await expect(decodeOtlp('logs', request([log(field(5, field(1, invalid)))]))).rejects.toMatchObject({
      reason: 'invalid_utf8',
    });
  });
});

describe('an id of another length', () => {
  test.each([
    ['463ac35c9f6413ad', '463ac35c9f6413ad'],
    ['4BF92F35-77B3-4DA6-A3CE-929D0E0E4736', '4BF92F35-77B3-4DA6-A3CE-929D0E0E4736'],
    ['S/kvNXezTaajzpKdDg5HNg==', 'S/kvNXezTaajzpKdDg5HNg=='],
    ['fifteen letters', 'fifteen letters'],
    ['a"b\\c\u00fc', 'a"b\\c\u00fc'],
    ['4bf92f3577b34da6a3ce929d0e0e473g', '4bf92f3577b34da6a3ce929d0e0e473g'],
  ])('is null in JSON, and kept as sent: %s', async (traceId, kept) => {
    const span = {
      traceId,
      spanId: 'b7ad6b7169203331',
      parentSpanId: '7 bytes',
      links: [{ traceId }],
    };
    const { events } = await decodeOtlp('traces', { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] });

    expect(events[0]).toMatchObject({
      trace_id: null,
      trace_id_text: kept,
      span_id: 'b7ad6b7169203331',
      parent_span_id: null,
      parent_span_id_text: '7 bytes',
      links: [{ trace_id: null, trace_id_text: kept }],
    });
    expect(events[0]).not.toHaveProperty('span_id_text');
  });

  test('is null in protobuf, and kept in hexadecimal', async () => {
    const span = field(
      2,
      field(1, Buffer.alloc(8, 0xab)),
      field(2, Buffer.alloc(16, 0xff)),
      field(4, Buffer.alloc(100, 1)),
    );
    const { events } = await decodeOtlp('traces', request([span]));

    expect(events[0]).toMatchObject({
      trace_id: null,
      trace_id_text: 'ab'.repeat(8),
      span_id: null,
      span_id_text: 'ff'.repeat(16),
      parent_span_id_text: '01'.repeat(100),
    });
  });

  test.each(['', '0', '00000000000000000000000000000000', '0000000000000000'])(
    'of zeros is none: %j',
    async traceId => {
      const { events } = await decodeOtlp('logs', logs({ ...text('x'), traceId }));

      expect(events[0]).not.toHaveProperty('trace_id');
      expect(events[0]).not.toHaveProperty('trace_id_text');
    },
  );

  test('does not take the name of an attribute', async () => {
    const attributes = [{ key: 'trace_id_text', value: { stringValue: 'mine' } }];
    const { events } = await decodeOtlp('logs', logs({ ...text('x'), traceId: 'short', attributes }));

    expect(events[0]).toMatchObject({ trace_id_text: 'short', 'attributes.trace_id_text': 'mine' });
  });
});

describe('a data point without a recorded value', () => {
  const attributes = [{ key: 'k', value: { stringValue: 'v' } }];
  const gap = { timeUnixNano: '1', flags: 1, attributes };

  test.each([
    ['gauge', { asDouble: 1 }],
    ['sum', { asInt: '2' }],
    ['sum', { asDouble: 'NaN' }],
    ['histogram', { count: '5', sum: 7, min: 1, max: 2, bucketCounts: ['2', '3'], explicitBounds: [1] }],
    ['exponentialHistogram', { count: '5', sum: 7, scale: 1, zeroCount: '1', positive: { bucketCounts: ['4'] } }],
    ['summary', { count: '5', sum: 7, quantileValues: [{ quantile: 0.5, value: 1 }] }],
  ])('of a %s has no value and no count', async (kind, point) => {
    const metrics = [
      {
        name: 'm',
        [kind]: {
          dataPoints: [
            { ...point, ...gap },
            { ...point, ...gap, flags: 3 },
          ],
        },
      },
    ];
    const { events } = await decodeOtlp('metrics', { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });

    for (const event of events) {
      const { metric_value = null, metric_type, ...others } = event;
      expect(metric_value).toBeNull();
      expect(metric_type).toBeDefined();
      expect(Object.keys(others).filter(key => !['temporality', 'is_monotonic'].includes(key))).toEqual([
        'type',
        'metric_name',
        'time_unix_nano',
        'flags',
        'k',
      ]);
    }
  });

  test('is told by the first bit alone', async () => {
    const metrics = [{ name: 'm', gauge: { dataPoints: [{ asInt: '1', flags: 2 }] } }];
    const { events } = await decodeOtlp('metrics', { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });

    expect(events).toMatchObject([{ metric_value: 1, flags: 2 }]);
  });
});
