import { snappyCompress } from 'hysnappy';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DecodeError } from '../../../src/formats/decoder.js';
import { KnownFamilies } from '../../../src/formats/prometheus/known-families.js';
import { MAX_WRITE_BYTES, remoteWrite, type Written } from '../../../src/formats/prometheus/remote-write.js';
import { double, field, int, varint } from '../../helpers/otlp-bytes.js';

/** Requests as Prometheus 3.7 writes them: its own Go code has made them, see the comment of the first test. */
const fixture = (version: 1 | 2): Buffer =>
  readFileSync(new URL(`../../fixtures/remote-write/v${version}.snappy`, import.meta.url));

const TIME = '2025-11-28T14:47:14.567Z';
const MS = 1764341234567;

/** What a request becomes. */
async function decode(body: Uint8Array, version: 1 | 2, { known = new KnownFamilies(), isSnappy = true } = {}) {
  const written: Written = { samples: 0, histograms: 0, exemplars: 0, refused: 0, firstProblem: undefined };
  const events: unknown[] = [];
  const sink = (bytes: Uint8Array, start: number, end: number): void => {
    events.push(JSON.parse(Buffer.from(bytes.subarray(start, end)).toString()));
  };
  const decoder = remoteWrite(sink, { version, isSnappy, known, written, maxEventBytes: 10_000 });
  let error: DecodeError | undefined;
  try {
    for (let at = 0; at < body.length; at += 100) await decoder.write(body.subarray(at, at + 100));
    await decoder.end();
  } catch (thrown) {
    if (!(thrown instanceof DecodeError)) throw thrown;
    error = thrown;
  }
  return { events, written, error };
}

const metric = (name: string, type: string, members: object, rest: object = {}) => ({
  time: TIME,
  type: 'metric',
  metric_name: name,
  metric_type: type,
  ...members,
  ...rest,
});

const BUCKETS = [
  { le: 0.1, count: 8 },
  { le: 0.5, count: 12 },
  { le: '+Inf', count: 17 },
];
const LATENCY = {
  count: 17,
  sum: 12.5,
  buckets: BUCKETS,
  percentile_50: expect.closeTo(0.15) as number,
  percentile_90: 0.5,
  percentile_95: 0.5,
  percentile_99: 0.5,
  path: '/a',
};
const QUANTILES = [
  { quantile: 0.5, value: 100 },
  { quantile: 0.99, value: 900 },
];
const SIZE = { count: 20, sum: 4000, quantiles: QUANTILES, percentile_50: 100, percentile_99: 900 };
const NATIVE = {
  count: 12,
  sum: 18.4,
  schema: 1,
  zero_threshold: 0.001,
  zero_count: 2,
  negative_spans: [{ offset: -1, length: 1 }],
  negative_buckets: [2],
  positive_spans: [
    { offset: 0, length: 2 },
    { offset: 1, length: 2 },
  ],
  positive_buckets: [1, 3, 1, 3],
  exported_schema: 'mine',
};
const FLOATS = {
  count: 4,
  sum: 6.25,
  schema: 0,
  zero_threshold: 0.5,
  zero_count: 0.5,
  positive_spans: [{ offset: 1, length: 2 }],
  positive_buckets: [1.5, 2],
};
const EXEMPLAR = { labels: { trace_id: '0af7651916cd43dd8448eb211c80319c' } };

describe('remote write of Prometheus', () => {
  // Made with prompb.FromLabels, FromIntHistogram and the like, Marshal and golang/snappy of that release.
  test('takes version 1.0: types, units and help from the metadata beside the series', async () => {
    const { events, written, error } = await decode(fixture(1), 1);

    expect(error).toBeUndefined();
    expect(events).toEqual([
      metric('http_requests_total', 'counter', { metric_value: 1027 }, { code: '200', job: 'api', help: 'Requests.' }),
      metric(
        'temperature',
        'gauge',
        { metric_value: 21.5 },
        { unit: 'celsius', exported_type: 'indoor', help: 'How warm it is.' },
      ),
      metric('gone', 'unknown', { metric_value: null, metric_value_text: 'stale' }),
      metric('odd', 'unknown', { metric_value: null, metric_value_text: 'NaN' }, { of: 'nan' }),
      metric('odd', 'unknown', { metric_value: null, metric_value_text: '-Inf' }, { of: 'inf' }),
      metric('odd', 'unknown', { metric_value: 0 }, { of: 'zero' }),
      metric('latency_seconds', 'histogram', LATENCY, {
        unit: 'seconds',
        help: 'Latency.',
        exemplars: [{ le: 0.5, ...EXEMPLAR, value: 0.31, time: '2025-11-28T14:47:13.567Z' }],
      }),
      metric('size_bytes', 'summary', SIZE),
      metric('alone_bucket', 'unknown', { metric_value: 3, le: '1' }),
      metric('elsewhere_total', 'unknown', { exemplars: [{ ...EXEMPLAR, value: 1, time: TIME }] }),
      expect.objectContaining(metric('native', 'histogram', NATIVE)),
      metric('custom', 'histogram', {
        ...{ count: 10, sum: 7.5, schema: -53, zero_threshold: 0, zero_count: 0 },
        ...{ positive_spans: [{ offset: 0, length: 4 }], positive_buckets: [4, 3, 2, 1] },
      }),
      expect.objectContaining(metric('floats', 'histogram', FLOATS)),
    ]);
    expect(written).toEqual({ samples: 16, histograms: 3, exemplars: 2, refused: 0, firstProblem: undefined });
  });

  test('takes version 2.0: metadata, exemplars and start times with each series', async () => {
    const { events, written, error } = await decode(fixture(2), 2);

    expect(error).toBeUndefined();
    const help = { help: 'Help of gauges.' };
    expect(events).toEqual([
      metric(
        'http_requests_total',
        'counter',
        { metric_value: 1027, created: 1764341174.567 },
        {
          code: '200',
          job: 'api',
          help: 'Help of counters.',
          exemplars: [{ ...EXEMPLAR, value: 1, time: '2025-11-28T14:47:14.562Z' }],
        },
      ),
      metric('temperature', 'gauge', { metric_value: 21.5 }, { exported_type: 'indoor', ...help }),
      metric('gone', 'gauge', { metric_value: null, metric_value_text: 'stale' }, help),
      metric('odd', 'gauge', { metric_value: null, metric_value_text: 'NaN' }, { of: 'nan', ...help }),
      metric('odd', 'gauge', { metric_value: null, metric_value_text: '-Inf' }, { of: 'inf', ...help }),
      metric('odd', 'gauge', { metric_value: 0 }, { of: 'zero', ...help }),
      metric('latency_seconds', 'histogram', LATENCY, { help: 'Help of histograms.' }),
      metric('size_bytes', 'summary', SIZE, { help: 'Help of summarys.' }),
      metric('alone_bucket', 'histogram', { metric_value: 3, le: '1', help: 'Help of histograms.' }),
      expect.objectContaining(metric('native', 'gaugehistogram', NATIVE)),
      metric('custom', 'histogram', {
        ...{ count: 10, sum: 7.5, percentile_50: expect.closeTo(2 / 3) as number },
        ...{ percentile_90: 2, percentile_95: 2, percentile_99: 2 },
        buckets: [
          { le: 0.5, count: 4 },
          { le: 1, count: 7 },
          { le: 2, count: 9 },
          { le: '+Inf', count: 10 },
        ],
      }),
      expect.objectContaining(metric('floats', 'histogram', FLOATS)),
    ]);
    expect(written).toEqual({ samples: 16, histograms: 3, exemplars: 1, refused: 0, firstProblem: undefined });
  });

  test('remembers metadata for the requests that follow', async () => {
    const known = new KnownFamilies();
    await decode(fixture(1), 1, { known });

    const { events } = await decode(series(label('__name__', 'http_requests_total')), 1, { known, isSnappy: false });

    expect(events).toMatchObject([{ metric_type: 'counter', help: 'Requests.' }]);
  });

  test('keeps integers of a native histogram exact', async () => {
    const histogram = field(4, int(1, 2n ** 63n + 1n), int(15, MS));
    const { events } = await text(field(1, field(1, label('__name__', 'h')), histogram));

    expect(events[0]).toContain('"count":9223372036854775809,');
  });

  /** The events as text: JSON.parse would round. */
  async function text(body: Uint8Array): Promise<{ events: string[] }> {
    const written: Written = { samples: 0, histograms: 0, exemplars: 0, refused: 0, firstProblem: undefined };
    const events: string[] = [];
    const options = {
      version: 1,
      isSnappy: false,
      known: new KnownFamilies(),
      written,
      maxEventBytes: 10_000,
    } as const;
    const decoder = remoteWrite(
      (bytes, start, end) => void events.push(Buffer.from(bytes.subarray(start, end)).toString()),
      options,
    );
    await decoder.write(body);
    await decoder.end();
    return { events };
  }
});

const label = (name: string, value: string): Buffer => Buffer.concat([field(1, name), field(2, value)]);
/** A series of version 1.0 with one sample, as a request. */
const series = (...labels: Buffer[]): Buffer =>
  field(1, ...labels.map(one => field(1, one)), field(2, double(1, 1), int(2, MS)));

describe('a request that is wrong', () => {
  test('costs a series that is wrong itself alone', async () => {
    const wrong = [
      series(label('job', 'api')),
      series(label('__name__', 'm'), label('a', '1'), label('a', '2')),
      field(1, field(1, label('__name__', 'm')), field(2, int(2, 2n ** 62n))),
      series(label('__name__', 'm'), label('a', 'x'.repeat(20_000))),
    ];
    const right = series(label('__name__', 'right'));

    const { events, written, error } = await decode(Buffer.concat([...wrong, right]), 1, { isSnappy: false });

    expect(error).toBeUndefined();
    expect(events).toMatchObject([{ metric_name: 'right' }]);
    expect(written).toMatchObject({ samples: 1, refused: 4 });
    expect(written.firstProblem?.message).toBe('a series has no __name__');
  });

  test.each<[string, Buffer, 1 | 2, string]>([
    ['is cut off', field(1, field(1, 'abcdef')).subarray(0, -2), 1, 'invalid_protobuf'],
    [
      'has a field that goes past its message',
      Buffer.concat([varint(10), varint(1), varint(10), varint(9)]),
      1,
      'invalid_protobuf',
    ],
    ['refers to a symbol that is not there', field(5, field(1, varint(0), varint(7))), 2, 'invalid_metrics'],
    ['has a label without a value', Buffer.concat([field(4, ''), field(5, field(1, varint(0)))]), 2, 'invalid_metrics'],
  ])('is refused as a whole when it %s', async (_, body, version, reason) => {
    const { events, error } = await decode(body, version, { isSnappy: false });

    expect(error).toMatchObject({ reason });
    expect(events).toEqual([]);
  });

  test.each<[string, Uint8Array, string]>([
    ['is no Snappy', Buffer.from('xyz'), 'cannot_decompress'],
    ['is empty', Buffer.alloc(0), 'cannot_decompress'],
    ['has a length without an end', Buffer.alloc(6, 0xff), 'cannot_decompress'],
    [
      'announces more than is taken',
      Buffer.concat([varint(MAX_WRITE_BYTES + 1), Buffer.alloc(10)]),
      'request_too_large',
    ],
    ['announces more than it has', Buffer.concat([varint(1_000_000), Buffer.from([0, 97])]), 'cannot_decompress'],
  ])('is refused when its body %s', async (_, body, reason) => {
    expect((await decode(body, 1)).error).toMatchObject({ reason });
  });

  test('does no harm, whatever bytes it has', async () => {
    const damaged = fc
      .tuple(fc.constantFrom<(1 | 2)[]>(1, 2), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 5 }))
      .map(([version, changes]) => {
        const body = Buffer.from(fixture(version));
        for (const [at, byte] of changes) body[at % body.length] = byte;
        return [version, body] as const;
      });
    await fc.assert(
      fc.asyncProperty(damaged, async ([version, body]) => {
        const { error, events } = await decode(body, version);
        expect(error === undefined || events.length === 0).toBe(true);
      }),
    );
  });
});

test('undoes Snappy of any size', async () => {
  const body = Buffer.concat(Array.from({ length: 20_000 }, (_, n) => series(label('__name__', `m${n % 7}`))));

  const { events } = await decode(snappyCompress(body), 1);

  expect(events).toHaveLength(20_000);
});
