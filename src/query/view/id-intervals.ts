import type { IdInterval } from '../../store/catalog/event-ranges.js';

/** Gaps with fewer ids save nothing: a row group has up to 122,880 rows. */
const MIN_GAP_IDS = 10_000;

/** Gaps past this are read: each is a condition that DuckDB compares with the statistics of each row group. */
const MAX_GAPS = 32;

/** Intervals in order, without overlaps. */
export function mergedIds(intervals: readonly IdInterval[]): IdInterval[] {
  const merged: { afterId: number; upToId: number }[] = [];
  for (const { afterId, upToId } of [...intervals].sort((a, b) => a.afterId - b.afterId)) {
    const last = merged.at(-1);
    if (last && afterId <= last.upToId) last.upToId = Math.max(last.upToId, upToId);
    else merged.push({ afterId, upToId });
  }
  return merged;
}

/** The ids that are in both lists, each of which is in order and without overlaps. */
export function commonIds(a: readonly IdInterval[], b: readonly IdInterval[]): IdInterval[] {
  return a.flatMap(one =>
    b.flatMap(other => {
      const common = { afterId: Math.max(one.afterId, other.afterId), upToId: Math.min(one.upToId, other.upToId) };
      return common.afterId < common.upToId ? [common] : [];
    }),
  );
}

/**
 * SQL over `id` that is true for all ids of the intervals, and false for most others; undefined when it is true for all of
 * `whole` as well. DuckDB uses no condition with OR over ranges to leave out row groups, but does so for `a or b` of two
 * comparisons: each gap is one.
 */
export function idCondition(intervals: readonly IdInterval[], whole: IdInterval): string | undefined {
  const merged = mergedIds(intervals);
  const [first, last] = [merged[0], merged.at(-1)];
  if (!first || !last) return undefined;
  const gaps = merged
    .slice(1)
    .map(({ afterId }, i) => ({ afterId: merged[i]!.upToId, upToId: afterId }))
    .filter(({ afterId, upToId }) => upToId - afterId >= MIN_GAP_IDS)
    .sort((a, b) => b.upToId - b.afterId - (a.upToId - a.afterId))
    .slice(0, MAX_GAPS);
  const conditions = [
    ...(first.afterId - whole.afterId >= MIN_GAP_IDS ? [`id > ${first.afterId}`] : []),
    ...(whole.upToId - last.upToId >= MIN_GAP_IDS ? [`id <= ${last.upToId}`] : []),
    ...gaps.map(({ afterId, upToId }) => `(id <= ${afterId} or id > ${upToId})`),
  ];
  return conditions.length === 0 ? undefined : conditions.join(' and ');
}
