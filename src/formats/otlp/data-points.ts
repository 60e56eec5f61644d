/*
 * The function with the readers of data points is over 60 lines long: one closure for each kind of point. They run for
 * each point, and share the reader, the output and the writers of their parts as local variables.
 */
import { exponentialBuckets, type ExponentialSide } from './exponential-buckets.js';
import type { Parts } from './members.js';
import { WIRE } from './message-kind.js';
import {
  EXPONENTIAL_BUCKETS,
  EXPONENTIAL_HISTOGRAM_DATA_POINT,
  HISTOGRAM_DATA_POINT,
  NUMBER_DATA_POINT,
  SUMMARY_DATA_POINT,
  VALUE_AT_QUANTILE,
} from './messages.js';
import { objectLists } from './object-lists.js';
import { PERCENTILES, type Bucket } from './percentiles.js';
import { KEYS, pointParts } from './point-parts.js';
import { offsetsOf, type Offsets } from './wire.js';

/** Writes the members of the data point between two offsets, including its attributes. */
export type PointReader = (start: number, end: number) => void;

/** Creates the readers of data points, by the kind of their metric. */
// eslint-disable-next-line max-lines-per-function -- a closure for each kind of point
export function dataPoints(parts: Parts) {
  const { wire, out, attributes, members } = parts;
  const lists = objectLists(parts);
  const { isGap, writeTimes, writeCount, writeNumbers, numbersOf, writePercentiles, optionalDouble, readFixed64 } =
    pointParts(parts);

  const numberAt = offsetsOf(NUMBER_DATA_POINT);
  function number(start: number, end: number): void {
    const { no } = NUMBER_DATA_POINT;
    const at = numberAt;
    wire.scan(NUMBER_DATA_POINT, start, end, at);
    writeTimes(at[no.time_unix_nano]!, at[no.start_time_unix_nano]!);
    if (isGap(at[no.flags]!)) writeValue(-1, -1);
    else writeValue(at[no.as_double]!, at[no.as_int]!);
    lists.exemplars(KEYS.exemplars, no.exemplars, at[no.exemplars]!, end);
    members.uint32(KEYS.flags, at[no.flags]!);
    attributes.write(no.attributes, at[no.attributes]!, end);
  }

  /** JSON has no NaN and no infinity: the value is null then, which keeps the column numeric, and a text names it. */
  function writeValue(doubleAt: number, intAt: number): void {
    out.key(KEYS.metric_value);
    if (intAt > doubleAt) {
      wire.fixed64(intAt);
      out.int64(wire.low, wire.high);
      return;
    }
    const value = doubleAt < 0 ? undefined : wire.double(doubleAt);
    if (value !== undefined && Number.isFinite(value)) {
      out.double(value);
      return;
    }
    out.text('null');
    if (value === undefined) return;
    out.key(KEYS.metric_value_text);
    out.text(Number.isNaN(value) ? '"NaN"' : value > 0 ? '"+Inf"' : '"-Inf"');
  }

  const histogramAt = offsetsOf(HISTOGRAM_DATA_POINT);
  function histogram(start: number, end: number): void {
    const { no } = HISTOGRAM_DATA_POINT;
    const at = histogramAt;
    wire.scan(HISTOGRAM_DATA_POINT, start, end, at);
    writeTimes(at[no.time_unix_nano]!, at[no.start_time_unix_nano]!);
    if (!isGap(at[no.flags]!)) writeHistogram(start, end);
    lists.exemplars(KEYS.exemplars, no.exemplars, at[no.exemplars]!, end);
    members.uint32(KEYS.flags, at[no.flags]!);
    attributes.write(no.attributes, at[no.attributes]!, end);
  }

  function writeHistogram(start: number, end: number): void {
    const { no } = HISTOGRAM_DATA_POINT;
    const at = histogramAt;
    writeCount(KEYS.count, at[no.count]!);
    members.double(KEYS.sum, at[no.sum]!);
    members.double(KEYS.min, at[no.min]!);
    members.double(KEYS.max, at[no.max]!);
    const counts = numbersOf(no.bucket_counts, WIRE.bit64, start, end, readFixed64);
    const bounds = numbersOf(no.explicit_bounds, WIRE.bit64, start, end, offset => wire.double(offset));
    if (counts.length > 0) {
      writeNumbers(KEYS.bounds, bounds, true);
      writeNumbers(KEYS.buckets, counts);
      const buckets = counts.map((count, i): Bucket => ({
        low: bounds[i - 1] ?? -Infinity,
        high: bounds[i] ?? Infinity,
        count: Number(count),
      }));
      writePercentiles({
        buckets,
        min: optionalDouble(at[no.min]!),
        max: optionalDouble(at[no.max]!),
        scale: 'linear',
      });
    }
  }

  const sideAt = offsetsOf(EXPONENTIAL_BUCKETS);
  function readSide(offset: number): ExponentialSide {
    if (offset < 0) return { offset: 0, counts: [] };
    const { no } = EXPONENTIAL_BUCKETS;
    const end = wire.enter(offset);
    const start = wire.pos;
    wire.scan(EXPONENTIAL_BUCKETS, start, end, sideAt);
    const counts = numbersOf(no.bucket_counts, WIRE.varint, start, end, at => wire.uint64(at));
    return { offset: sideAt[no.offset]! < 0 ? 0 : wire.sint32(sideAt[no.offset]!), counts };
  }

  const exponentialAt = offsetsOf(EXPONENTIAL_HISTOGRAM_DATA_POINT);
  function exponential(start: number, end: number): void {
    const { no } = EXPONENTIAL_HISTOGRAM_DATA_POINT;
    const at = exponentialAt;
    wire.scan(EXPONENTIAL_HISTOGRAM_DATA_POINT, start, end, at);
    writeTimes(at[no.time_unix_nano]!, at[no.start_time_unix_nano]!);
    if (!isGap(at[no.flags]!)) {
      writeCount(KEYS.count, at[no.count]!);
      members.double(KEYS.sum, at[no.sum]!);
      members.double(KEYS.min, at[no.min]!);
      members.double(KEYS.max, at[no.max]!);
      writeExponential(at, no);
    }
    lists.exemplars(KEYS.exemplars, no.exemplars, at[no.exemplars]!, end);
    members.uint32(KEYS.flags, at[no.flags]!);
    attributes.write(no.attributes, at[no.attributes]!, end);
  }

  function writeExponential(at: Offsets, no: typeof EXPONENTIAL_HISTOGRAM_DATA_POINT.no): void {
    const scale = at[no.scale]! < 0 ? 0 : wire.sint32(at[no.scale]!);
    const zeroThreshold = optionalDouble(at[no.zero_threshold]!) ?? 0;
    const positive = readSide(at[no.positive]!);
    const negative = readSide(at[no.negative]!);
    out.key(KEYS.scale);
    out.text(String(scale));
    writeCount(KEYS.zero_count, at[no.zero_count]!);
    members.double(KEYS.zero_threshold, at[no.zero_threshold]!);
    for (const [side, offsetKey, countsKey] of [
      [positive, KEYS.positive_offset, KEYS.positive_buckets],
      [negative, KEYS.negative_offset, KEYS.negative_buckets],
    ] as const) {
      if (side.counts.length === 0) continue;
      out.key(offsetKey);
      out.text(String(side.offset));
      writeNumbers(countsKey, side.counts);
    }
    if (out.isTooLarge) return;
    const zeroCount = at[no.zero_count]! < 0 ? 0n : readFixed64(at[no.zero_count]!);
    const { bounds, counts, buckets } = exponentialBuckets({ scale, zeroThreshold, zeroCount, positive, negative });
    if (counts.length === 0) return;
    writeNumbers(KEYS.bounds, bounds, true);
    writeNumbers(KEYS.buckets, counts);
    writePercentiles({
      buckets,
      min: optionalDouble(at[no.min]!),
      max: optionalDouble(at[no.max]!),
      scale: 'exponential',
    });
  }

  const summaryAt = offsetsOf(SUMMARY_DATA_POINT);
  const quantileAt = offsetsOf(VALUE_AT_QUANTILE);
  function summary(start: number, end: number): void {
    const { no } = SUMMARY_DATA_POINT;
    const at = summaryAt;
    wire.scan(SUMMARY_DATA_POINT, start, end, at);
    writeTimes(at[no.time_unix_nano]!, at[no.start_time_unix_nano]!);
    if (!isGap(at[no.flags]!)) writeSummary(end);
    members.uint32(KEYS.flags, at[no.flags]!);
    attributes.write(no.attributes, at[no.attributes]!, end);
  }

  function writeSummary(end: number): void {
    const { no } = SUMMARY_DATA_POINT;
    const at = summaryAt;
    writeCount(KEYS.count, at[no.count]!);
    members.double(KEYS.sum, at[no.sum]!);
    const quantiles = new Map<number, number>();
    out.key(KEYS.quantiles);
    out.byte(0x5b);
    for (let next = at[no.quantile_values]!; next >= 0;) {
      if (next !== at[no.quantile_values]!) out.byte(0x2c);
      const after = wire.enter(next);
      writeQuantile(after, quantiles);
      next = wire.next(no.quantile_values, after, end);
    }
    out.byte(0x5d);
    // The data model: the quantiles 0 and 1 are the minimum and the maximum.
    for (const [key, share] of SUMMARY_MEMBERS) {
      const value = quantiles.get(share);
      if (value === undefined || !Number.isFinite(value)) continue;
      out.key(key);
      out.double(value);
    }
  }

  function writeQuantile(end: number, quantiles: Map<number, number>): void {
    const { no } = VALUE_AT_QUANTILE;
    wire.scan(VALUE_AT_QUANTILE, wire.pos, end, quantileAt);
    const quantile = quantileAt[no.quantile]! < 0 ? 0 : wire.double(quantileAt[no.quantile]!);
    const value = quantileAt[no.value]! < 0 ? 0 : wire.double(quantileAt[no.value]!);
    if (SUMMARY_SHARES.has(quantile)) quantiles.set(quantile, value);
    out.byte(0x7b);
    out.key(KEYS.quantile);
    out.double(quantile);
    out.key(KEYS.value);
    out.double(value);
    out.byte(0x7d);
  }

  return { gauge: number, sum: number, histogram, exponential_histogram: exponential, summary };
}

/** The members of a summary that are quantiles as sent. */
const SUMMARY_MEMBERS = [
  [KEYS.min, 0],
  [KEYS.max, 1],
  ...PERCENTILES.map(percentile => [KEYS[`percentile_${percentile}`], percentile / 100] as const),
] as const;

const SUMMARY_SHARES: ReadonlySet<number> = new Set(SUMMARY_MEMBERS.map(([, share]) => share));
