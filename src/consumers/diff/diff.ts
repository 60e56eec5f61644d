import { pinEvents } from '../pin-events.js';
import type { Session } from '../../query/session.js';
import { diffColumns, isNamedIn, rangeCondition, valueCondition } from './columns.js';
import { countRanges, justBelow, type RangeCounts } from './count-ranges.js';
import { countValues, type ValueCount } from './count-values.js';
import { hasRanges, measure, type LeftOut, type Measured } from './measure.js';
import { bindSides, type Versus } from './sides.js';
import { bestRun, gStatistic, isOver, lift, lnProbability, type Sides } from './statistics.js';

/**
 * The rate of false findings: the chance that a comparison of two sides without any difference finds something. Each value
 * of each attribute gets its part of it (Bonferroni), so that the rate holds however many there are.
 */
const FALSE_FINDINGS = 0.001;

/** The share of the matching events that a value has to have: what sets fewer apart explains little. */
const MIN_COVERAGE = 0.01;

/** The matching events that a value has to have: chi-squared describes G badly for fewer. */
export const MIN_MATCHING = 5;

/** Quantiles of each side between which the ranges of numbers lie, its highest number among them. */
const QUANTILES = Array.from({ length: 20 }, (_, i) => (i + 1) / 20);

/** A value that the matching events have more often than the others. */
export interface Finding {
  readonly attribute: string;
  /** The value, as text; null for events without one. Undefined for a range. */
  readonly value?: string | null;
  /** A range of numbers: above the first, up to the second. */
  readonly above?: number | null;
  readonly upTo?: number | null;
  /** Events with the value, and their shares of the side, 0 to 1. */
  readonly matching: number;
  readonly others: number;
  readonly matchingShare: number;
  readonly othersShare: number;
  /** The ratio of the shares; null when none of the others has the value. */
  readonly lift: number | null;
  /** The G statistic, which findings are ranked by. */
  readonly g: number;
  /** A condition over events that selects those with the value. */
  readonly where: string;
  /** Conditions on other attributes with the same counts on both sides. */
  readonly sameCounts: readonly string[];
}

/** The values that set the matching events apart, those with the most evidence first. */
export interface Difference {
  readonly matching: number;
  readonly others: number;
  readonly findings: readonly Finding[];
  /** Attributes that were compared, and values and ranges of them. */
  readonly compared: number;
  readonly values: number;
  readonly leftOut: readonly LeftOut[];
  /** See {@link FALSE_FINDINGS}. */
  readonly falseFindings: number;
}

/** A value or a range before it is judged. */
interface Candidate extends Sides {
  readonly column: Measured;
  /** The values or ranges of the column that it is one of. */
  readonly among: number;
  readonly part: Pick<Finding, 'value' | 'above' | 'upTo' | 'where'>;
}

/**
 * Compares the values of all attributes on both sides, over all events.
 * @throws TelemetryError `sql` for a condition that does not bind; as {@link Session.query}.
 */
export async function findDifference(session: Session, versus: Versus): Promise<Difference> {
  await pinEvents(session);
  const comparison = await bindSides(session, versus);
  const conditions = [versus.where, versus.versus].filter(text => text !== undefined);
  const columns = diffColumns(session.attributes);
  const named = columns.filter(column => conditions.some(condition => isNamedIn(condition, column)));
  const measured = await measure(
    session,
    comparison,
    columns.filter(column => !named.includes(column)),
  );
  const leftOut = [
    ...named.map(({ name }): LeftOut => ({ attribute: name, reason: 'condition' })),
    ...measured.leftOut,
  ];
  const { all } = measured;
  const result = { ...all, compared: measured.columns.length, leftOut, falseFindings: FALSE_FINDINGS };
  if (all.matching === 0 || all.others === 0 || measured.columns.length === 0)
    return { ...result, findings: [], values: 0 };
  const least = Math.max(MIN_MATCHING, Math.ceil(MIN_COVERAGE * all.matching));
  const ranged = measured.columns.filter(hasRanges);
  const single = measured.columns.filter(column => !hasRanges(column));
  const counts = await countValues(session, comparison, single, `matching >= ${least}`);
  const ranges = ranged.length === 0 ? [] : await countRanges(session, comparison, ranged, all, QUANTILES);
  const candidates = [
    ...single.flatMap((column, i) => counts[i]!.map(count => valueCandidate(column, count))),
    ...ranged.flatMap((column, i) => rangeCandidates(column, ranges[i]!, all, least)),
  ];
  const values = [...single.map(valuesOf), ...ranges.map(rangesOf)].reduce((sum, count) => sum + count, 0);
  return { ...result, values, findings: findingsAmong(candidates, all, measured.columns.length) };
}

/** The values of a column that are tested, the missing one included. */
function valuesOf({ distinct }: Measured): number {
  return distinct + 1;
}

/** The runs of bins of a column that are tested, the missing value included. */
function rangesOf({ bins }: RangeCounts): number {
  return (bins.length * (bins.length + 1)) / 2 + 1;
}

function valueCandidate(column: Measured, { value, matching, others }: ValueCount): Candidate {
  const where = valueCondition(column, value);
  return { column, among: valuesOf(column), matching, others, part: { value, where } };
}

function rangeCandidates(column: Measured, counts: RangeCounts, all: Sides, least: number): Candidate[] {
  const among = rangesOf(counts);
  const { missing, bins, edges } = counts;
  const where = valueCondition(column, null);
  const candidates: Candidate[] = [{ column, among, ...missing, part: { value: null, where } }];
  const best = bestRun(bins, all, least);
  if (!best || (best.first === 0 && best.last === bins.length - 1)) return candidates;
  const [above, upTo] = [edges[best.first - 1], edges[best.last]];
  const { matching, others } = best;
  candidates.push({ column, among, matching, others, part: rangePart(column, above, upTo) });
  return candidates;
}

/** A range, or the one number in it. */
function rangePart(column: Measured, above: string | undefined, upTo: string | undefined): Candidate['part'] {
  const isOne = upTo !== undefined && above !== undefined && justBelow(column, Number(upTo)) === Number(above);
  if (isOne) return { value: upTo, where: valueCondition(column, upTo) };
  const where = rangeCondition(column, above, upTo);
  return { above: above === undefined ? null : Number(above), upTo: upTo === undefined ? null : Number(upTo), where };
}

/** The candidates that chance does not explain, ranked, with those of the same counts joined. */
function findingsAmong(candidates: readonly Candidate[], all: Sides, attributes: number): Finding[] {
  const least = Math.max(MIN_MATCHING, MIN_COVERAGE * all.matching);
  const found = candidates
    .filter(candidate => candidate.matching >= least && isOver(candidate, all))
    .map(candidate => ({ candidate, g: gStatistic(candidate, all) }))
    .filter(
      ({ candidate: { among }, g }) => lnProbability(g) + Math.log(among * attributes) <= Math.log(FALSE_FINDINGS),
    )
    .sort((a, b) => b.g - a.g || compareText(a.candidate.part.where, b.candidate.part.where));
  const byCounts = new Map<string, typeof found>();
  for (const one of found) {
    const key = `${one.candidate.matching} ${one.candidate.others}`;
    byCounts.set(key, [...(byCounts.get(key) ?? []), one]);
  }
  return [...byCounts.values()].map(([{ candidate, g } = found[0]!, ...same]) => {
    const { column, matching, others, part } = candidate;
    return {
      attribute: column.name,
      ...part,
      matching,
      others,
      matchingShare: matching / all.matching,
      othersShare: others / all.others,
      lift: others === 0 ? null : lift(candidate, all),
      g,
      sameCounts: same.map(other => other.candidate.part.where),
    };
  });
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
