import { describe, expect, test } from 'vitest';
import { exponentialBuckets } from '../../../src/formats/otlp/exponential-buckets.js';
import { estimatePercentile } from '../../../src/formats/otlp/percentiles.js';
import { attribute, double, field, fixed64, request } from '../../helpers/otlp-bytes.js';
import { decodeOtlp } from '../../helpers/otlp-decode.js';

describe('keys that are sent twice', () => {
  const text = (value: string): Buffer => field(1, value);
  const LONG = 'k'.repeat(300);

  test('keeps the first of a long repeated key, and prefixes that of the resource', async () => {
    const record = field(2, attribute(6, LONG, text('1')), attribute(6, LONG, text('2')), attribute(6, 'b', text('3')));
    const resource = [attribute(1, LONG, text('outer')), attribute(1, LONG, text('again'))];
    const plain = field(2, attribute(6, 'b', text('4')));

    const { texts } = await decodeOtlp('logs', request([record, plain, record], resource));

    const both = `{"type":"log","${LONG}":"1","b":"3","resource.${LONG}":"outer"}`;
    expect(texts).toEqual([both, `{"type":"log","b":"4","${LONG}":"outer"}`, both]);
  });

  test('given more different ones than are remembered, then the first of each counts', async () => {
    const names = Array.from({ length: 6000 }, (_, i) => `k${i}`);
    const record = field(2, ...['1', '2'].flatMap(value => names.map(name => attribute(6, name, text(value)))));
    const resource = [attribute(1, 'k5999', text('outer')), attribute(1, 'other', text('outer'))];

    const { texts } = await decodeOtlp('logs', request([record, record], resource));

    const members = names.map(name => `"${name}":"1"`).join(',');
    const event = `{"type":"log",${members},"resource.k5999":"outer","other":"outer"}`;
    expect(texts.map(sent => sent === event)).toEqual([true, true]);
  });
});

describe('a span', () => {
  test('given ids of zeros, then it has none: a root that is sent with them is a root', async () => {
    const span = field(2, field(1, Buffer.alloc(16)), field(2, Buffer.alloc(8, 1)), field(4, Buffer.alloc(8)));

    const { texts } = await decodeOtlp('traces', request([span]));

    expect(texts).toEqual(['{"type":"trace","span_id":"0101010101010101","kind":"unspecified","status":"unset"}']);
  });

  test('given no start, then it has no duration', async () => {
    const { texts } = await decodeOtlp('traces', request([field(2, fixed64(8, 1_719_983_815_563_839_123n))]));

    expect(texts).toEqual([
      '{"type":"trace","kind":"unspecified","status":"unset","end_time_unix_nano":1719983815563839123}',
    ]);
  });
});

describe('an exponential histogram', () => {
  const side = (offset: number, ...counts: bigint[]) => ({ offset, counts });
  const bucketsOf = (scale: number, positive: ReturnType<typeof side>) =>
    exponentialBuckets({ scale, positive, negative: side(0), zeroThreshold: 0, zeroCount: 0n });

  test('interpolates in a bucket whose width overflows a double', () => {
    const { buckets } = bucketsOf(-10, side(-1, 1n));

    const half = estimatePercentile(0.5, { buckets, min: undefined, max: undefined, scale: 'exponential' });

    // The middle between 2^-1024 and 1, on a logarithmic scale.
    expect(half! / 2 ** -512).toBeCloseTo(1, 10);
  });

  test('given a scale that makes no sense, then its bounds are numbers', () => {
    expect(bucketsOf(-2_147_483_648, side(0, 1n)).bounds).toEqual([1, Infinity]);
  });
});

test('given an exemplar with both kinds of value, then the last that was sent counts', async () => {
  const exemplar = (...values: readonly Buffer[]) => field(5, ...values);
  const [int, float] = [fixed64(6, 7n), double(3, 1.5)];
  const point = field(1, exemplar(int, float), exemplar(float, int));

  const { texts } = await decodeOtlp('metrics', request([field(2, field(5, point))]));

  expect(texts).toEqual([
    '{"type":"metric","metric_type":"gauge","metric_value":null,"exemplars":[{"value":1.5},{"value":7}]}',
  ]);
});
