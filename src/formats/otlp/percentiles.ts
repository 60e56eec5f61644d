/** The percentiles in the event of a distribution. */
export const PERCENTILES = [50, 90, 95, 99] as const;

/** A bucket of a histogram: the count of values above `low` and up to `high`; the ends may be infinite. */
export interface Bucket {
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/** The known properties of a distribution. */
export interface Distribution {
  /** In ascending order. */
  readonly buckets: readonly Bucket[];
  /** The minimum and the maximum, when they were sent. */
  readonly min: number | undefined;
  readonly max: number | undefined;
  /** The distribution of values within a bucket: uniform, or uniform by logarithm. */
  readonly scale: 'linear' | 'exponential';
}

/**
 * Estimates the value below which a share (0 to 1) of the values lies, as the data model allows: by interpolation
 * within the bucket of that rank. Values outside the bounds lie between the outermost bound and the minimum or maximum,
 * or at the bound when those are unknown; a first bucket of positive values begins at 0. Undefined without values, or
 * without bounds.
 */
export function estimatePercentile(share: number, { buckets, min, max, scale }: Distribution): number | undefined {
  const total = buckets.reduce((sum, { count }) => sum + count, 0);
  if (!(total > 0)) return undefined;
  const rank = share * total;
  let before = 0;
  for (const { low, high, count } of buckets) {
    if (count > 0 && before + count >= rank) {
      const fraction = Math.max(0, rank - before) / count;
      return clamp(interpolate(bounded(low, high, min, max), fraction, scale), min, max);
    }
    before += count;
  }
  return max;
}

/** A bucket with finite ends where possible: the minimum and maximum limit it. */
function bounded(
  low: number,
  high: number,
  min: number | undefined,
  max: number | undefined,
): { from: number; to: number } | undefined {
  const first = Number.isFinite(low) ? low : high > 0 && Number.isFinite(high) ? 0 : high;
  const from = min !== undefined && min < high && (min > first || !Number.isFinite(low)) ? min : first;
  const to = max !== undefined && max < high && max > low ? max : high;
  const ends = { from: Number.isFinite(from) ? from : to, to: Number.isFinite(to) ? to : from };
  return Number.isFinite(ends.from) && Number.isFinite(ends.to) ? ends : undefined;
}

function interpolate(
  ends: { from: number; to: number } | undefined,
  fraction: number,
  scale: Distribution['scale'],
): number | undefined {
  if (!ends) return undefined;
  const { from, to } = ends;
  if (scale === 'exponential' && from !== 0 && to !== 0 && from > 0 === to > 0) {
    // The quotient to / from could overflow a double.
    return Math.sign(from) * Math.abs(from) ** (1 - fraction) * Math.abs(to) ** fraction;
  }
  return from + (to - from) * fraction;
}

function clamp(value: number | undefined, min = -Infinity, max = Infinity): number | undefined {
  return value === undefined ? undefined : Math.min(max, Math.max(min, value));
}
