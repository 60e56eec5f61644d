/** The percentiles that an event of a distribution carries. */
export const PERCENTILES = [50, 90, 95, 99] as const;

/** The upper bound of a bucket, and how many values were at most that much. */
export type CumulativeBucket = readonly [bound: number, count: number];

/**
 * The value that a share of a histogram's values is at most, interpolated within its bucket as Prometheus'
 * `histogram_quantile` does: the lowest bucket begins at 0, and of the highest only its lower bound is known.
 * NaN without values or without a bucket that holds them all.
 * @param share between 0 and 1
 * @param buckets by rising bound, the last one +Inf
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

/** Members of an event for the percentiles that are numbers, each with a comma before it. */
export function percentileMembers(quantile: (share: number) => number): string {
  let json = '';
  for (const percentile of PERCENTILES) {
    const value = quantile(percentile / 100);
    if (Number.isFinite(value)) json += `,"percentile_${percentile}":${JSON.stringify(value)}`;
  }
  return json;
}
