/** The percentiles in the event of a distribution. */
export const PERCENTILES = [50, 90, 95, 99] as const;

/** The upper bound of a bucket, and the count of values up to it. */
export type CumulativeBucket = readonly [bound: number, count: number];

/**
 * Estimates the value below which a share of a histogram's values lies, interpolated within its bucket as by
 * Prometheus' `histogram_quantile`: the lowest bucket begins at 0, and the highest yields its lower bound. NaN without
 * values or without an infinite bucket.
 * @param share between 0 and 1
 * @param buckets in ascending order of bounds, the last one +Inf
 */
export function histogramQuantile(share: number, buckets: readonly CumulativeBucket[]): number {
  const last = buckets.length - 1;
  const total = buckets[last]?.[1] ?? 0;
  if (last < 1 || buckets[last]![0] !== Infinity || !(total > 0)) return NaN;
  const rank = share * total;
  const found = buckets.findIndex(([, count]) => count >= rank);
  if (found === last) return buckets[last - 1]![0];
  const [end, count] = buckets[found]!;
  if (found === 0 && end <= 0) return end;
  const [start, before] = found === 0 ? [0, 0] : buckets[found - 1]!;
  return count === before ? end : start + ((end - start) * (rank - before)) / (count - before);
}

/** Members of an event for the finite percentiles, each with a leading comma. */
export function percentileMembers(quantile: (share: number) => number): string {
  let json = '';
  for (const percentile of PERCENTILES) {
    const value = quantile(percentile / 100);
    if (Number.isFinite(value)) json += `,"percentile_${percentile}":${JSON.stringify(value)}`;
  }
  return json;
}
