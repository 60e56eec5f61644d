import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DecodeError } from '../../../src/formats/decoder.js';
import type { Label } from '../../../src/formats/text/flat-labels.js';
import { ExpositionDecoder } from '../../../src/formats/prometheus/exposition.js';

const TIME = '2026-11-24T10:00:00.000Z';

interface Given {
  readonly format?: 'text' | 'openmetrics';
  readonly labels?: readonly Label[];
  readonly chunk?: number;
  readonly max?: number;
}

function decode(text: string | Uint8Array, { format = 'text', labels = [], chunk = Infinity, max = 1e6 }: Given = {}) {
  const events: Record<string, unknown>[] = [];
  const texts: string[] = [];
  const decoder = new ExpositionDecoder(
    (bytes, start, end) => {
      const json = Buffer.from(bytes.subarray(start, end)).toString();
      texts.push(json);
      events.push(JSON.parse(json) as Record<string, unknown>);
    },
    { format, labels, time: TIME, maxEventBytes: max },
  );
  const all = Buffer.from(text);
  const step = Math.min(chunk, all.length);
  for (let at = 0; at < all.length; at += step) decoder.write(all.subarray(at, at + step));
  decoder.end();
  return { events, texts, samples: decoder.samples };
}

/** The example of the format's documentation, all of whose lines are valid. */
const DOCUMENTED = String.raw`
# HELP http_requests_total The total number of HTTP requests.
# TYPE http_requests_total counter
http_requests_total{method="post",code="200"} 1027 1395066363000
http_requests_total{method="post",code="400"}    3 1395066363000

# Escaping in label values:
msdos_file_access_time_seconds{path="C:\\DIR\\FILE.TXT",error="Cannot find file:\n\"FILE.TXT\""} 1.458255915e9
{"my.dotted.metric", "error.message"="Not Found"} 1

# Minimalistic line:
metric_without_timestamp_and_labels 12.47
something_weird{problem="division by zero"} +Inf -3982045

# HELP http_request_duration_seconds A histogram of the request duration.
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{le="0.05"} 24054
http_request_duration_seconds_bucket{le="0.1"} 33444
http_request_duration_seconds_bucket{le="0.2"} 100392
http_request_duration_seconds_bucket{le="0.5"} 129389
http_request_duration_seconds_bucket{le="1"} 133988
http_request_duration_seconds_bucket{le="+Inf"} 144320
http_request_duration_seconds_sum 53423
http_request_duration_seconds_count 144320

# HELP rpc_duration_seconds A summary of the RPC duration in seconds.
# TYPE rpc_duration_seconds summary
rpc_duration_seconds{quantile="0.01"} 3102
rpc_duration_seconds{quantile="0.05"} 3272
rpc_duration_seconds{quantile="0.5"} 4773
rpc_duration_seconds{quantile="0.9"} 9001
rpc_duration_seconds{quantile="0.99"} NaN
rpc_duration_seconds_sum 1.7560473e+07
rpc_duration_seconds_count 2693
`;

describe('text 0.0.4', () => {
  test("decodes every sample of the documentation's example with its metadata", () => {
    const { events, samples } = decode(DOCUMENTED);

    expect(samples).toBe(21);
    expect(events).toHaveLength(8);
    expect(events[0]).toEqual({
      time: '2014-03-17T14:26:03.000Z',
      type: 'metric',
      metric_name: 'http_requests_total',
      metric_type: 'counter',
      metric_value: 1027,
      method: 'post',
      code: '200',
      help: 'The total number of HTTP requests.',
    });
    expect(events[2]).toMatchObject({
      time: TIME,
      metric_type: 'untyped',
      path: 'C:\\DIR\\FILE.TXT',
      error: 'Cannot find file:\n"FILE.TXT"',
    });
    expect(events[3]).toMatchObject({ metric_name: 'my.dotted.metric', 'error.message': 'Not Found' });
    expect(events[5]).toMatchObject({
      metric_value: null,
      metric_value_text: '+Inf',
      time: '1969-12-31T22:53:37.955Z',
    });
  });

  test('makes one event of a histogram, with buckets and estimated percentiles', () => {
    const event = decode(DOCUMENTED).events[6]!;

    expect(event).toMatchObject({
      metric_name: 'http_request_duration_seconds',
      metric_type: 'histogram',
      count: 144320,
      sum: 53423,
    });
    expect(event.buckets).toHaveLength(6);
    expect(event.buckets).toContainEqual({ le: 0.05, count: 24054 });
    expect(event.buckets).toContainEqual({ le: '+Inf', count: 144320 });
    // Half of 144320 is 72160, which lies between the bounds 0.1 (33444) and 0.2 (100392).
    expect(event.percentile_50).toBeCloseTo(0.1 + (0.1 * (72160 - 33444)) / (100392 - 33444), 12);
    expect(event.percentile_99).toBe(1);
    expect(event).not.toHaveProperty('metric_value');
  });

  test('makes one event of a summary, with null for a quantile that is not a number', () => {
    const { events, texts } = decode(DOCUMENTED);

    expect(events[7]).toMatchObject({ metric_type: 'summary', percentile_50: 4773, percentile_90: 9001, count: 2693 });
    expect(events[7]).not.toHaveProperty('percentile_99');
    expect(events[7]!.quantiles).toContainEqual({ quantile: 0.99, value: null });
    expect(texts[7]).toContain('"sum":1.7560473e+07');
  });

  test('given series of a histogram whose samples alternate, then each is one event', () => {
    const { events } = decode(
      '# TYPE h histogram\nh_bucket{a="x",le="+Inf"} 1\nh_bucket{le="+Inf",a="y"} 2\nh_sum{a="x"} 3\nh_sum{a="y"} 4\nh_count{a="x"} 1\n',
    );

    expect(events).toEqual([
      expect.objectContaining({ a: 'x', sum: 3, count: 1, buckets: [{ le: '+Inf', count: 1 }] }),
      expect.objectContaining({ a: 'y', sum: 4, buckets: [{ le: '+Inf', count: 2 }] }),
    ]);
  });

  test('keeps the digits of numbers in every spelling that JSON can express', () => {
    const spelled = ['9007199254740993', '+5', '.5', '5.', '0042', '-0.10', '1E+3', '-Inf', 'nan', 'inf'];
    const { texts } = decode(spelled.map((value, i) => `m${i} ${value}\n`).join(''));
    const values = texts.map(text => /"metric_value":([^,}]+)/.exec(text)?.[1]);

    expect(values).toEqual(['9007199254740993', '5', '0.5', '5', '42', '-0.10', '1E+3', 'null', 'null', 'null']);
    expect(texts.slice(-3).map(text => /"metric_value_text":"([^"]+)"/.exec(text)?.[1])).toEqual([
      '-Inf',
      'NaN',
      '+Inf',
    ]);
  });

  test('moves labels with reserved names, and keeps those of the target', () => {
    const { events } = decode('m{type="a",name="b",event_id="c",job="d",exported_job="e",Count="f",empty=""} 1\n', {
      labels: [
        ['job', 'node'],
        ['instance', 'box:9100'],
      ],
    });

    expect(events[0]).toEqual({
      time: TIME,
      type: 'metric',
      metric_name: 'm',
      metric_type: 'untyped',
      metric_value: 1,
      job: 'node',
      instance: 'box:9100',
      exported_type: 'a',
      exported_name: 'b',
      exported_event_id: 'c',
      exported_exported_job: 'd',
      exported_job: 'e',
      exported_Count: 'f',
    });
  });

  test.each([
    ['m\n', 'a value is missing: the line ends'],
    ['m one\n', 'a value is not a number: "one"'],
    ['m 1e999\n', 'a value is not a number: "1e999"'],
    ['m 1 2 3\n', 'there is more after a sample: "3"'],
    ['m 1 1.5\n', '"1.5" is not a timestamp'],
    ['m 1 99999999999999999\n', '"99999999999999999" is not a timestamp'],
    ['m{a="1",a="2"} 1\n', 'the label "a" is there twice'],
    ['m{a=1} 1\n', 'a quote is missing: "1} 1"'],
    ['m{a="1} 1\n', 'a quote does not end: "\\"1} 1"'],
    ['m{a="1" b="2"} 1\n', 'labels do not end: "{a=\\"1\\" b=\\"2\\"} 1"'],
    ['{a="1"} 1\n', 'a sample has no name'],
    ['0m 1\n', 'a metric name is missing: "0m 1"'],
    ['# TYPE m number\n', '"number" is not a type of metric'],
    ['<html>\n', 'a metric name is missing: "<html>"'],
  ])('given %j, then the error says what is wrong, and on which line', (text, message) => {
    expect(() => decode(`ok 1\n${text}`)).toThrow(
      expect.objectContaining({ reason: 'invalid_metrics', message, line: 2 }) as DecodeError,
    );
  });

  test('given bytes that are not UTF-8, or a line over the limit, then an error', () => {
    expect(() => decode(Buffer.from('m{a="\xff"} 1\n', 'latin1'))).toThrow(DecodeError);
    expect(() => decode(`m{a="${'x'.repeat(2000)}"} 1`, { max: 1000 })).toThrow(/larger than 1000 bytes/);
  });

  test('given any division into chunks, then the events are the same', () => {
    const whole = decode(DOCUMENTED).texts;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 80 }), chunk => {
        expect(decode(DOCUMENTED, { chunk }).texts).toEqual(whole);
      }),
    );
  });

  test('given any label value, then the event has the same', () => {
    const escaped = (value: string): string => value.replace(/[\\"\n]/g, c => (c === '\n' ? '\\n' : `\\${c}`));
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', minLength: 1 }).filter(value => value.isWellFormed()),
        value => {
          expect(decode(`m{a="${escaped(value)}"} 1\n`).events[0]!.a).toBe(value);
        },
      ),
    );
  });
});

describe('OpenMetrics 1.0', () => {
  const openMetrics = (text: string) => decode(text, { format: 'openmetrics' });

  test('makes one event of a counter with its creation, unit and exemplar', () => {
    const { events, samples, texts } = openMetrics(
      '# TYPE foo_seconds counter\n# UNIT foo_seconds seconds\n# HELP foo_seconds Some text and \\n some \\" escaping\n' +
        'foo_seconds_total{a="b"} 17.0 1604676851.123456789 # {trace_id="KOO5S4vxi0o"} 0.67 1520879607.789\n' +
        'foo_seconds_created{a="b"} 1520430000.123 1604676851.123456789\n# EOF\n',
    );

    expect(samples).toBe(2);
    expect(events).toEqual([
      {
        time: '2020-11-06T15:34:11.123456789Z',
        type: 'metric',
        metric_name: 'foo_seconds_total',
        metric_type: 'counter',
        metric_value: 17,
        created: 1520430000.123,
        exemplars: [{ labels: { trace_id: 'KOO5S4vxi0o' }, value: 0.67, time: '2018-03-12T18:33:27.789Z' }],
        unit: 'seconds',
        a: 'b',
        help: 'Some text and \n some " escaping',
      },
    ]);
    expect(texts[0]).toContain('"metric_value":17.0,');
  });

  test('given points of one series at two times, then each is an event', () => {
    const { events } = openMetrics(
      '# TYPE foo summary\nfoo_count{a="b"} 0 123\nfoo_sum{a="b"} 0 123\nfoo_count{a="b"} 1 456\nfoo_sum{a="b"} 2 456\n# EOF',
    );

    expect(events.map(({ time, count, sum }) => [time, count, sum])).toEqual([
      ['1970-01-01T00:02:03.000Z', 0, 0],
      ['1970-01-01T00:07:36.000Z', 1, 2],
    ]);
  });

  test('keeps the types of info, state sets, gauge histograms and exemplars', () => {
    const { events } = openMetrics(
      '# TYPE build info\nbuild_info{version="8.2.7"} 1\n# TYPE s stateset\ns{s="a"} 1\ns{s="bb"} 0\n# TYPE g gaugehistogram\n' +
        'g_bucket{le="1.0"} 20 # {} 0.5\ng_bucket{le="+Inf"} 34\ng_gcount 34\ng_gsum 3.5\nalone 1\n# EOF\n',
    );

    expect(events.map(({ metric_name, metric_type }) => [metric_name, metric_type])).toEqual([
      ['build_info', 'info'],
      ['s', 'stateset'],
      ['s', 'stateset'],
      ['g', 'gaugehistogram'],
      ['alone', 'unknown'],
    ]);
    expect(events[3]).toMatchObject({ count: 34, sum: 3.5, exemplars: [{ le: 1, labels: {}, value: 0.5 }] });
  });

  test.each([
    ['foo 1\n', 'it ends before # EOF'],
    ['foo 1\n# EOF\nfoo 2\n', 'there is more after # EOF'],
  ])('given %j, then it is no exposition', (text, message) => {
    expect(() => openMetrics(text)).toThrow(message);
  });
});
