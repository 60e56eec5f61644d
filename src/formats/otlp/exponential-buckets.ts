import type { Bucket } from './percentiles.js';

/** The positive or the negative half of an exponential histogram. */
export interface ExponentialSide {
  readonly offset: number;
  readonly counts: readonly bigint[];
}

/** An exponential histogram, as its data point has it. */
export interface ExponentialHistogram {
  readonly scale: number;
  readonly zeroThreshold: number;
  readonly zeroCount: bigint;
  readonly positive: ExponentialSide;
  readonly negative: ExponentialSide;
}

/**
 * Converts to a histogram with explicit bounds: the bucket of index i holds values above base^i and up to base^(i+1),
 * where base is 2^(2^-scale) (the metrics data model, "ExponentialHistogram"). The zero bucket lies between the halves.
 * There is one more count than bounds; adjacent empty buckets are merged.
 */
export function exponentialBuckets(histogram: ExponentialHistogram): {
  bounds: number[];
  counts: bigint[];
  buckets: Bucket[];
} {
  const { scale, zeroThreshold, zeroCount, positive, negative } = histogram;
  const bounds: number[] = [];
  const counts: bigint[] = [];
  const buckets: Bucket[] = [];

  function add(low: number, high: number, count: bigint): void {
    if (count === 0n) return;
    if (low < high && (bounds.length === 0 || bounds.at(-1)! < low)) {
      bounds.push(low);
      counts.push(0n);
    }
    bounds.push(high);
    counts.push(count);
    buckets.push({ low, high, count: Number(count) });
  }

  // For an absurdly small scale 2 ** -scale is infinite, and 0 times that is not a number.
  const bound = (index: number): number => (index === 0 ? 1 : 2 ** (index * 2 ** -scale));
  for (let i = negative.counts.length - 1; i >= 0; i--) {
    const index = negative.offset + i;
    add(-bound(index + 1), -bound(index), negative.counts[i]!);
  }
  if (zeroCount > 0n) {
    const isOneSided = negative.counts.length === 0;
    add(isOneSided ? 0 : -zeroThreshold, zeroThreshold, zeroCount);
  }
  positive.counts.forEach((count, i) => {
    const index = positive.offset + i;
    add(bound(index), bound(index + 1), count);
  });
  if (counts.length > 0) counts.push(0n);
  return { bounds, counts, buckets };
}
