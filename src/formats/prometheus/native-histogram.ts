import { estimatePercentile, type Bucket } from '../otlp/percentiles.js';
import { histogramQuantile, percentileMembers, type CumulativeBucket } from '../percentiles.js';
import type { WrittenHistogram, WrittenSide } from './remote-write-histogram.js';

/** The schema of buckets with listed bounds ("Native Histograms with custom buckets"). */
const CUSTOM_BOUNDS = -53;

/** Names of members that a label of a native histogram cannot have. */
export const NATIVE_KEYS: ReadonlySet<string> = new Set([
  ...['schema', 'zero_threshold', 'zero_count'],
  ...['positive_spans', 'positive_buckets', 'negative_spans', 'negative_buckets'],
]);

/** Schemas whose bounds are powers of two. */
const MIN_SCHEMA = -9;
const MAX_SCHEMA = 52;

/**
 * A native histogram as members of an event, each with a leading comma: spans as objects and counts unchanged. One with
 * custom bounds has cumulative `buckets`, like a classic one.
 */
export function nativeHistogramMembers(histogram: WrittenHistogram): string {
  const { schema, count, sum } = histogram;
  const common = `,"count":${finite(Number(count), count)},"sum":${finite(sum ?? NaN)}`;
  // Version 1.0 lacks the bounds.
  if (schema === CUSTOM_BOUNDS && histogram.customBounds.length > 0) return common + customMembers(histogram);
  const members =
    `,"schema":${schema},"zero_threshold":${finite(histogram.zeroThreshold)},"zero_count":${finite(Number(histogram.zeroCount), histogram.zeroCount)}` +
    sideMembers('negative', histogram.negative) +
    sideMembers('positive', histogram.positive);
  const distribution = { buckets: bucketsOf(histogram), min: undefined, max: undefined, scale: 'exponential' as const };
  return common + members + percentileMembers(share => estimatePercentile(share, distribution) ?? NaN);
}

/** A number as JSON, which has no NaN and no infinity. @param text the number with all digits */
function finite(value: number, text = String(value)): string {
  return Number.isFinite(value) ? text : 'null';
}

function sideMembers(name: string, { spans, counts }: WrittenSide): string {
  if (spans.length === 0 && counts.length === 0) return '';
  const items = spans.map(({ offset, length }) => `{"offset":${offset},"length":${length}}`);
  const numbers = counts.map(count => finite(Number(count), count));
  return `,"${name}_spans":[${items.join(',')}],"${name}_buckets":[${numbers.join(',')}]`;
}

function customMembers({ customBounds, positive, count }: WrittenHistogram): string {
  const bounds = [...customBounds, Infinity];
  const counts = new Map(populated(positive));
  const cumulative: CumulativeBucket[] = [];
  let total = 0;
  bounds.forEach((bound, index) => {
    total += counts.get(index) ?? 0;
    cumulative.push([bound, bound === Infinity ? Math.max(total, Number(count)) : total]);
  });
  const items = cumulative.map(([bound, below]) => `{"le":${bound === Infinity ? '"+Inf"' : bound},"count":${below}}`);
  return `,"buckets":[${items.join(',')}]${percentileMembers(share => histogramQuantile(share, cumulative))}`;
}

/** The buckets in ascending order. */
function bucketsOf({ schema, zeroThreshold, zeroCount, positive, negative }: WrittenHistogram): Bucket[] {
  if (schema < MIN_SCHEMA || schema > MAX_SCHEMA) return [];
  const bound = (index: number): number => 2 ** (index * 2 ** -schema);
  const below = populated(negative);
  const isOneSided = below.length === 0;
  return [
    ...below.reverse().map(([index, count]) => ({ low: -bound(index), high: -bound(index - 1), count })),
    { low: isOneSided ? 0 : -zeroThreshold, high: zeroThreshold, count: Number(zeroCount) },
    ...populated(positive).map(([index, count]) => ({ low: bound(index - 1), high: bound(index), count })),
  ];
}

/**
 * The indexes and counts of the buckets of one side: the offset of the first span is an index, those of the others are
 * gaps.
 */
function populated({ spans, counts }: WrittenSide): [index: number, count: number][] {
  const found: [number, number][] = [];
  let index = 0;
  for (const { offset, length } of spans) {
    index += offset;
    const end = Math.min(found.length + length, counts.length);
    while (found.length < end) found.push([index++, Number(counts[found.length]!)]);
  }
  return found;
}
