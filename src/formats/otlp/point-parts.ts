import type { JsonWriter } from './json-writer.js';
import type { Parts } from './members.js';
import { estimatePercentile, PERCENTILES, type Distribution } from './percentiles.js';
import { keysOf, type Piece } from './piece.js';

/** The keys specific to a data point's event. */
export const KEYS = keysOf([
  'time_unix_nano',
  'start_time_unix_nano',
  'metric_value',
  'metric_value_text',
  'count',
  'sum',
  'min',
  'max',
  'bounds',
  'buckets',
  'scale',
  'zero_count',
  'zero_threshold',
  'positive_offset',
  'positive_buckets',
  'negative_offset',
  'negative_buckets',
  'quantiles',
  'quantile',
  'value',
  'percentile_50',
  'percentile_90',
  'percentile_95',
  'percentile_99',
  'exemplars',
  'flags',
]);

/** The members that a point adds. */
export const POINT_KEYS: readonly string[] = Object.keys(KEYS).filter(key => key !== 'quantile' && key !== 'value');

/** DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK (metrics.proto, DataPointFlags). */
const NO_RECORDED_VALUE = 1;

/** The shared parts of data point readers. */
export function pointParts({ wire, out, members }: Parts) {
  const optionalDouble = (offset: number): number | undefined => {
    const value = offset < 0 ? NaN : wire.double(offset);
    return Number.isFinite(value) ? value : undefined;
  };

  function writeTimes(timeAt: number, startAt: number): void {
    members.fixed64(KEYS.time_unix_nano, timeAt);
    members.fixed64(KEYS.start_time_unix_nano, startAt);
  }

  /** True for a gap in a series: it has neither a value nor a count, whatever else was sent. */
  function isGap(flagsAt: number): boolean {
    return flagsAt >= 0 && (wire.uint32(flagsAt) & NO_RECORDED_VALUE) !== 0;
  }

  /** Writes a count, including zero. */
  function writeCount(key: Piece, offset: number): void {
    out.key(key);
    if (offset < 0) out.text('0');
    else {
      wire.fixed64(offset);
      out.uint64(wire.low, wire.high);
    }
  }

  /** Writes a list of numbers as a JSON array and returns them; returns none for an event that is already too large. */
  function writeNumbers(key: Piece, numbers: Iterable<number | bigint>, asDouble = false): void {
    out.key(key);
    out.byte(0x5b);
    let isFirst = true;
    for (const value of numbers) {
      if (!isFirst) out.byte(0x2c);
      isFirst = false;
      if (asDouble) out.double(Number(value));
      else out.text(String(value));
    }
    out.byte(0x5d);
  }

  function numbersOf<T>(no: number, type: number, start: number, end: number, read: (at: number) => T): T[] {
    const numbers: T[] = [];
    wire.eachScalar(no, type, start, end, at => {
      if (numbers.length <= out.limit) numbers.push(read(at));
    });
    return numbers;
  }

  const readFixed64 = (at: number): bigint => {
    wire.fixed64(at);
    return (BigInt(wire.high >>> 0) << 32n) | BigInt(wire.low >>> 0);
  };

  const writePercentiles = percentileWriter(out);
  return { isGap, writeTimes, writeCount, writeNumbers, numbersOf, writePercentiles, optionalDouble, readFixed64 };
}

function percentileWriter(out: JsonWriter): (distribution: Distribution) => void {
  return distribution => {
    for (const percentile of PERCENTILES) {
      const value = estimatePercentile(percentile / 100, distribution);
      if (value === undefined || !Number.isFinite(value)) continue;
      out.key(KEYS[`percentile_${percentile}`]);
      out.double(value);
    }
  };
}
