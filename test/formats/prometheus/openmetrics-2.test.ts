import { describe, expect, test } from 'vitest';
import { ExpositionDecoder } from '../../../src/formats/prometheus/exposition.js';

const TIME = '2026-11-24T10:00:00.000Z';

function decode(text: string, format: 'openmetrics' | 'text' = 'openmetrics') {
  const events: Record<string, unknown>[] = [];
  const decoder = new ExpositionDecoder(
    (bytes, start, end) => {
      events.push(JSON.parse(Buffer.from(bytes.subarray(start, end)).toString()) as Record<string, unknown>);
    },
    { format, labels: [], time: TIME, maxEventBytes: 1e6 },
  );
  decoder.write(Buffer.from(text));
  decoder.end();
  return { events, samples: decoder.samples };
}

const one = (lines: string): Record<string, unknown> => decode(`${lines}\n# EOF\n`).events[0]!;

/** What client_java 1.10 sends, all its options of OpenMetrics 2.0 on, as `version=1.0.0`. */
const CLIENT_JAVA = `# TYPE build_info info
build_info{version="1.2"} 1
# TYPE cla_seconds histogram
cla_seconds {count:2,sum:7.2,bucket:[0.1:0,1.0:1,+Inf:2]} st@1795880021.006
# TYPE feature stateset
feature{e="x",feature="a"} 1
feature{e="x",feature="b"} 0
# TYPE lat_seconds histogram
# UNIT lat_seconds seconds
# HELP lat_seconds lat
lat_seconds{m="GET"} {count:3,sum:0.33,schema:5,zero_threshold:2.9387358770557188E-39,zero_count:0,positive_spans:[-212:1,31:1,158:1],positive_buckets:[1,1,1],bucket:[0.005:0,0.01:1,0.5:3,+Inf:3]} st@1795880021.001 # {trace_id="t1"} 0.3 1795880021.005 # {} 0.01 1795880021.002
# TYPE nat_seconds histogram
nat_seconds {count:4,sum:1.4,schema:5,zero_threshold:2.9387358770557188E-39,zero_count:1,negative_spans:[-55:1],negative_buckets:[1],positive_spans:[-74:1,92:1],positive_buckets:[1,1]} st@1795880021.006
# TYPE plain counter
# HELP plain a counter
plain 2.0 st@1795880020.948
# TYPE requests_total counter
# HELP requests_total total requests
requests_total{path="/a"} 3.0 st@1795880020.936 # {span_id="def",trace_id="abc"} 3.0 1795880020.943
# TYPE sz_bytes summary
sz_bytes {count:2,sum:300.0,quantile:[0.5:100.0,0.95:200.0]} st@1795880021.028
# TYPE temp_celsius gauge
# UNIT temp_celsius celsius
temp_celsius 21.5
# EOF
`;

describe('what client_java sends', () => {
  const { events, samples } = decode(CLIENT_JAVA);
  const named = (name: string) => events.find(({ metric_name }) => metric_name === name);

  test('is an event for each sample', () => {
    expect(samples).toBe(10);
    expect(events).toHaveLength(10);
    expect(events.every(({ type }) => type === 'metric')).toBe(true);
  });

  test('has a histogram with its buckets, as that of OpenMetrics 1.0', () => {
    const classic = one(
      '# TYPE cla_seconds histogram\ncla_seconds_bucket{le="0.1"} 0\ncla_seconds_bucket{le="1.0"} 1\ncla_seconds_bucket{le="+Inf"} 2\n' +
        'cla_seconds_count 2\ncla_seconds_sum 7.2\ncla_seconds_created 1795880021.006',
    );
    expect(named('cla_seconds')).toEqual(classic);
    expect(classic).toMatchObject({ count: 2, sum: 7.2, created: 1795880021.006, percentile_50: 1 });
  });

  test('has a summary, as that of OpenMetrics 1.0', () => {
    expect(named('sz_bytes')).toEqual(
      one(
        '# TYPE sz_bytes summary\nsz_bytes{quantile="0.5"} 100.0\nsz_bytes{quantile="0.95"} 200.0\n' +
          'sz_bytes_count 2\nsz_bytes_sum 300.0\nsz_bytes_created 1795880021.028',
      ),
    );
  });

  test('has counters with and without a suffix, their start and exemplars', () => {
    expect(named('plain')).toMatchObject({ metric_type: 'counter', metric_value: 2, created: 1795880020.948 });
    expect(named('requests_total')).toMatchObject({
      metric_type: 'counter',
      metric_value: 3,
      created: 1795880020.936,
      path: '/a',
      exemplars: [{ labels: { span_id: 'def', trace_id: 'abc' }, value: 3, time: '2026-11-28T15:33:40.943Z' }],
    });
  });

  test('has native and classic buckets side by side, and several exemplars', () => {
    expect(named('lat_seconds')).toMatchObject({
      metric_type: 'histogram',
      unit: 'seconds',
      count: 3,
      schema: 5,
      zero_count: 0,
      positive_spans: [
        { offset: -212, length: 1 },
        { offset: 31, length: 1 },
        { offset: 158, length: 1 },
      ],
      positive_buckets: [1, 1, 1],
      buckets: [
        { le: 0.005, count: 0 },
        { le: 0.01, count: 1 },
        { le: 0.5, count: 3 },
        { le: '+Inf', count: 3 },
      ],
      exemplars: [
        { labels: { trace_id: 't1' }, value: 0.3 },
        { labels: {}, value: 0.01 },
      ],
    });
  });

  test('has percentiles of native buckets alone', () => {
    const native = named('nat_seconds')!;
    expect(native).toMatchObject({ negative_buckets: [1], positive_buckets: [1, 1], zero_count: 1 });
    // -0.3, 0, 0.2 and 1.5: three quarters of the values are at most 0.2.
    expect(native.percentile_50).toBeCloseTo(0, 10);
    expect(native.percentile_90).toBeGreaterThan(1.4);
    expect(native.percentile_90).toBeLessThan(1.6);
  });
});

describe('a composite value', () => {
  test('of a gauge histogram has its count and sum', () => {
    expect(one('# TYPE q gaugehistogram\nq {gcount:42,gsum:-32.5,bucket:[1:34,+Inf:42]} 1520879607.789')).toMatchObject(
      {
        time: '2018-03-12T18:33:27.789Z',
        metric_type: 'gaugehistogram',
        count: 42,
        sum: -32.5,
      },
    );
  });

  test('is read without a type, and in what calls itself text', () => {
    expect(one('h{a="b"} {count:1,sum:2}')).toMatchObject({ metric_type: 'unknown', count: 1, sum: 2, a: 'b' });
    expect(decode('h {count:1,sum:2} 1520879607789 st@1520430000.123\n', 'text').events).toMatchObject([
      { time: '2018-03-12T18:33:27.789Z', metric_type: 'untyped', count: 1, created: 1520430000.123 },
    ]);
  });

  test('leaves labels their names where it has no native buckets', () => {
    expect(one('h{schema="public"} {count:1,sum:2}')).toMatchObject({ schema: 'public' });
    const native = 'h{schema="public"} {count:0,sum:0,schema:3,zero_threshold:1e-4,zero_count:0}';
    expect(one(native)).toMatchObject({ schema: 3, exported_schema: 'public' });
  });

  test.each([
    ['h {count:1', 'a composite value has a field that cannot be read: "count:1"'],
    ['h {}', 'a value is missing: the line ends'],
    ['h {count:1,}', 'a composite value has a field that cannot be read: "}"'],
    ['h {count:x}', '"x" is not a number: "count:x}"'],
    ['h {count:1,count:2}', '"count" is there twice: "count:2}"'],
    ['h {other:1}', 'a composite value has neither a count nor a sum: "h {other:1}"'],
    ['h {count:1,bucket:[1]}', 'an item of "bucket" has no value: "h {count:1,bucket:[1]}"'],
    [
      'h {count:1,schema:0,positive_spans:[0:2],positive_buckets:[1]}',
      'positive_spans do not fit positive_buckets: "h {count:1,schema:0,positive_spans:[0:2]"',
    ],
    ['h {count:1} 1 st@x', 'a value is not a number: "x"'],
    ['h 1 st@1 2', 'there is more after a sample: "2"'],
  ])('that is wrong is an error: %s', (line, message) => {
    expect(() => one(line)).toThrow(expect.objectContaining({ reason: 'invalid_metrics', message }) as Error);
  });
});
