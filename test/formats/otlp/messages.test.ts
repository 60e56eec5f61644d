import { describe, expect, test } from 'vitest';
import {
  attribute,
  double,
  doubleBytes,
  eight,
  field,
  fixed32,
  fixed64,
  int,
  request,
  varint,
} from '../../helpers/otlp-bytes.js';
import { decodeOtlp } from '../../helpers/otlp-decode.js';

const TIME = 1_719_983_815_563_839_123n;
const SERVICE = [attribute(1, 'service.name', field(1, 'shop'))];

describe('a LogRecord', () => {
  test('given every field, then the event has each, with all digits', async () => {
    const record = field(
      2,
      fixed64(1, TIME),
      int(2, 17),
      field(3, 'ERROR'),
      field(5, field(1, 'boom')),
      attribute(6, 'text', field(1, 'a"b')),
      attribute(6, 'yes', int(2, 1)),
      attribute(6, 'int', int(3, -(2n ** 63n))),
      attribute(6, 'whole', double(4, 3)),
      attribute(6, 'list', field(5, field(1, int(3, 1)), field(1, field(1, 'x')), field(1))),
      attribute(6, 'map', field(6, field(1, field(1, 'k'), field(2, double(4, 0.5))))),
      attribute(6, 'raw', field(7, Buffer.from([0, 255]))),
      attribute(6, 'nothing'),
      int(7, 4),
      fixed32(8, 1),
      field(9, Buffer.from('0af7651916cd43dd8448eb211c80319c', 'hex')),
      field(10, Buffer.from('B7AD6B7169203331', 'hex')),
      fixed64(11, TIME + 1n),
      field(12, 'order.failed'),
    );

    const { texts } = await decodeOtlp('logs', request([record], SERVICE, [field(1, 'lib'), field(2, '1.0')]));

    expect(texts).toEqual([
      '{"type":"log","time_unix_nano":1719983815563839123,"observed_time_unix_nano":1719983815563839124,' +
        '"severity_number":17,"severity_text":"ERROR","event_name":"order.failed","body":"boom",' +
        '"trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"b7ad6b7169203331","flags":1,"dropped_attributes_count":4,' +
        '"text":"a\\"b","yes":true,"int":-9223372036854775808,"whole":3.0,"list":[1,"x",null],"map":{"k":0.5},' +
        '"raw":"\\u0041P8=","nothing":null,"scope_name":"lib","scope_version":"1.0","service_name":"shop","service.name":"shop"}',
    ]);
  });

  test('keeps a taken key for the nearest level and prefixes the others', async () => {
    const record = field(
      2,
      attribute(6, 'who', field(1, 'record')),
      attribute(6, 'body', field(1, 'b')),
      attribute(6, 'Time', field(1, 't')),
    );

    const { events } = await decodeOtlp(
      'logs',
      request(
        [record, field(2)],
        [attribute(1, 'who', field(1, 'resource')), attribute(1, 'event_id', field(1, 'r'))],
        [attribute(3, 'who', field(1, 'scope'))],
      ),
    );

    const outer = { 'scope.who': 'scope', 'resource.who': 'resource', 'resource.event_id': 'r' };
    expect(events).toEqual([
      { type: 'log', who: 'record', 'attributes.body': 'b', 'attributes.Time': 't', ...outer },
      { type: 'log', who: 'scope', 'resource.who': 'resource', 'resource.event_id': 'r' },
    ]);
  });

  test('given an event_id, then it is the id of a log record, and an attribute of a span', async () => {
    expect((await decodeOtlp('logs', request([field(2, attribute(6, 'event_id', field(1, 'e1')))]))).ids).toEqual([
      'e1',
    ]);
    const span = await decodeOtlp('traces', request([field(2, attribute(9, 'event_id', field(1, 'e1')))]));
    expect(span.ids).toEqual([undefined]);
    expect(span.events).toMatchObject([{ 'attributes.event_id': 'e1' }]);
  });

  test('given fields that are unknown, groups among them, then they are skipped', async () => {
    const unknown = Buffer.concat([
      int(99, 5),
      field(98, 'x'),
      varint((97 << 3) | 3),
      int(1, 2),
      varint((97 << 3) | 4),
      fixed32(96, 1),
      fixed64(95, 1n),
    ]);
    const record = field(2, unknown, field(5, unknown, field(1, 'hi')), unknown);

    const { events } = await decodeOtlp('logs', Buffer.concat([unknown, request([record, unknown])]));

    expect(events).toEqual([{ type: 'log', body: 'hi' }]);
  });

  test('adds the attributes of a resource that follows its records', async () => {
    const bytes = field(
      1,
      field(2, field(2, field(5, field(1, 'hi'))), field(3, 'https://s')),
      field(3, 'https://r'),
      field(1, ...SERVICE),
    );

    const { events } = await decodeOtlp('logs', bytes);

    expect(events).toEqual([
      {
        type: 'log',
        body: 'hi',
        service_name: 'shop',
        'service.name': 'shop',
        resource_schema_url: 'https://r',
        scope_schema_url: 'https://s',
      },
    ]);
  });
});

describe('a Span', () => {
  test('given every field, then the event has each', async () => {
    const id = (byte: number, length: number): Buffer => Buffer.alloc(length, byte);
    const span = field(
      2,
      field(1, id(1, 16)),
      field(2, id(2, 8)),
      field(3, 'k=v'),
      field(4, id(3, 8)),
      field(5, 'GET'),
      int(6, 4),
      fixed64(7, TIME),
      fixed64(8, TIME + 1_234_567n),
      attribute(9, 'n', int(3, 1)),
      int(10, 1),
      field(11, fixed64(1, TIME), field(2, 'e'), attribute(3, 'k', int(2, 0)), int(4, 2)),
      field(11, field(2, 'second')),
      int(12, 3),
      field(
        13,
        field(1, id(4, 16)),
        field(2, id(5, 8)),
        field(3, 's'),
        attribute(4, 'k', field(1, 'v')),
        int(5, 6),
        fixed32(6, 257),
      ),
      int(14, 5),
      field(15, field(2, 'why'), int(3, 2)),
      fixed32(16, 257),
    );

    const { texts } = await decodeOtlp('traces', request([span]));

    expect(texts).toEqual([
      '{"type":"trace","name":"GET","trace_id":"01010101010101010101010101010101","span_id":"0202020202020202",' +
        '"parent_span_id":"0303030303030303","trace_state":"k=v","flags":257,"kind":"producer","status":"error","status_message":"why",' +
        '"start_time_unix_nano":1719983815563839123,"end_time_unix_nano":1719983815565073690,"start":"2024-07-03T05:16:55.563839123Z",' +
        '"duration_ns":1234567,"duration_ms":1.234567,' +
        '"events":[{"time_unix_nano":1719983815563839123,"name":"e","attributes":{"k":false},"dropped_attributes_count":2},{"name":"second"}],' +
        '"links":[{"trace_id":"04040404040404040404040404040404","span_id":"0505050505050505","trace_state":"s","flags":257,' +
        '"attributes":{"k":"v"},"dropped_attributes_count":6}],' +
        '"dropped_attributes_count":1,"dropped_events_count":3,"dropped_links_count":5,"n":1}',
    ]);
  });
});

describe('a Metric', () => {
  const times = [fixed64(2, TIME - 1n), fixed64(3, TIME)];
  const metric = (kind: number, ...data: Buffer[]): Buffer =>
    request([
      field(
        2,
        field(1, 'm'),
        field(2, 'what'),
        field(3, 'ms'),
        field(kind, ...data),
        attribute(12, 'meta', field(1, 'x')),
      ),
    ]);
  const header = (type: string): Record<string, unknown> => ({
    type: 'metric',
    metric_name: 'm',
    description: 'what',
    unit: 'ms',
    metric_type: type,
    metadata: { meta: 'x' },
  });

  test('types integers and doubles, and applies a temporality after the points', async () => {
    const points = [
      field(1, ...times, fixed64(6, -5n), attribute(7, 'k', field(1, 'v')), int(8, 2)),
      field(1, fixed64(3, TIME), double(4, 2)),
      field(1, double(4, NaN)),
      field(1, double(4, -Infinity)),
      field(
        1,
        double(4, 1),
        field(
          5,
          fixed64(2, TIME),
          double(3, 0.5),
          field(4, Buffer.alloc(8, 1)),
          field(5, Buffer.alloc(16, 2)),
          attribute(7, 'f', int(2, 1)),
        ),
      ),
    ];

    const { texts } = await decodeOtlp('metrics', metric(7, ...points, int(2, 1), int(3, 1)));

    const common =
      '{"type":"metric","metric_name":"m","description":"what","unit":"ms","metric_type":"sum","temporality":"delta","is_monotonic":true,"metadata":{"meta":"x"}';
    expect(texts).toEqual([
      `${common},"time_unix_nano":1719983815563839123,"start_time_unix_nano":1719983815563839122,"metric_value":-5,"flags":2,"k":"v"}`,
      `${common},"time_unix_nano":1719983815563839123,"metric_value":2.0}`,
      `${common},"metric_value":null,"metric_value_text":"NaN"}`,
      `${common},"metric_value":null,"metric_value_text":"-Inf"}`,
      `${common},"metric_value":1.0,"exemplars":[{"time_unix_nano":1719983815563839123,"value":0.5,"trace_id":"${'02'.repeat(16)}","span_id":"${'01'.repeat(8)}","attributes":{"f":true}}]}`,
    ]);
    expect((await decodeOtlp('metrics', metric(5, field(1, double(4, 1))))).events).toEqual([
      { ...header('gauge'), metric_value: 1 },
    ]);
  });

  test.each([
    ['packed', field(6, eight(1n), eight(2n), eight(1n)), field(7, doubleBytes(10), doubleBytes(20))],
    [
      'unpacked',
      Buffer.concat([fixed64(6, 1n), fixed64(6, 2n), fixed64(6, 1n)]),
      Buffer.concat([double(7, 10), double(7, 20)]),
    ],
  ])('writes bounds, buckets and percentiles of a histogram whose lists are %s', async (_, counts, bounds) => {
    const point = field(1, ...times, fixed64(4, 4n), double(5, 60), counts, bounds, double(11, 4), double(12, 30));

    const { events } = await decodeOtlp('metrics', metric(9, point, int(2, 2)));

    expect(events).toMatchObject([
      {
        ...header('histogram'),
        temporality: 'cumulative',
        count: 4,
        sum: 60,
        min: 4,
        max: 30,
        bounds: [10, 20],
        buckets: [1, 2, 1],
        percentile_50: 15,
        percentile_90: 26,
      },
    ]);
  });

  test('writes an exponential histogram with its fields and explicit bounds', async () => {
    const point = field(
      1,
      ...[fixed64(2, 1n), fixed64(3, TIME)],
      fixed64(4, 7n),
      double(5, 9),
      int(6, 0),
      fixed64(7, 1n),
      field(8, int(1, 2), field(2, varint(2), varint(0), varint(300))),
      field(9, int(1, 0), int(2, 1)),
      double(12, -2),
      double(13, 16),
      double(14, 0.5),
    );

    const { events } = await decodeOtlp('metrics', metric(10, point, int(2, 1)));

    expect(events).toMatchObject([
      {
        ...header('exponential_histogram'),
        count: 7,
        scale: 0,
        zero_count: 1,
        zero_threshold: 0.5,
        positive_offset: 1,
        positive_buckets: [2, 0, 300],
        negative_offset: 0,
        negative_buckets: [1],
        bounds: [-2, -1, -0.5, 0.5, 2, 4, 8, 16],
        buckets: [0, 1, 0, 1, 0, 2, 0, 300, 0],
        percentile_99: expect.closeTo(15.9, 0) as number,
      },
    ]);
  });

  test('given a summary, then its quantiles are the percentiles it was sent with', async () => {
    const quantile = (at: number, value: number): Buffer => field(6, double(1, at), double(2, value));
    const point = field(
      1,
      fixed64(3, TIME),
      fixed64(4, 9n),
      double(5, 45),
      quantile(0, 1),
      quantile(0.5, 5),
      quantile(0.99, 8.5),
      quantile(1, 9),
    );

    const { events } = await decodeOtlp('metrics', metric(11, point));

    expect(events).toEqual([
      {
        ...header('summary'),
        time_unix_nano: Number(TIME),
        count: 9,
        sum: 45,
        min: 1,
        max: 9,
        percentile_50: 5,
        percentile_99: 8.5,
        quantiles: [
          { quantile: 0, value: 1 },
          { quantile: 0.5, value: 5 },
          { quantile: 0.99, value: 8.5 },
          { quantile: 1, value: 9 },
        ],
      },
    ]);
  });
});
