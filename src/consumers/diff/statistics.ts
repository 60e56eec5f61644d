/** Events of both sides. */
export interface Sides {
  /** Of the events that match. */
  readonly matching: number;
  /** Of those that they are compared with. */
  readonly others: number;
}

/**
 * The G statistic of a 2 x 2 table: twice the log-likelihood ratio of "the events with a value are as frequent on both
 * sides" (Sokal and Rohlf, Biometry, 17.2). Under that hypothesis it follows chi-squared with one degree of freedom.
 * @param found the events with the value, not more than `all`
 */
export function gStatistic(found: Sides, all: Sides): number {
  const total = all.matching + all.others;
  const withValue = found.matching + found.others;
  const cells = [
    [found.matching, all.matching, withValue],
    [found.others, all.others, withValue],
    [all.matching - found.matching, all.matching, total - withValue],
    [all.others - found.others, all.others, total - withValue],
  ] as const;
  const sum = cells.reduce((g, [seen, side, row]) => {
    return seen === 0 ? g : g + seen * Math.log((seen * total) / (side * row));
  }, 0);
  return Math.max(0, 2 * sum);
}

/** The coefficients of the Chebyshev fit of {@link lnErfc}, from the constant up. */
const ERFC = [
  -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
  0.17087277,
];

/** The natural logarithm of erfc(x) for x >= 0, to a relative error of erfc below 1.2e-7 (Numerical Recipes, 6.2, erfcc). */
function lnErfc(x: number): number {
  const t = 1 / (1 + x / 2);
  const polynomial = ERFC.reduceRight((sum, coefficient) => sum * t + coefficient, 0);
  return Math.log(t) - x * x + polynomial;
}

/** The natural logarithm of the probability of a G of this size or more without a difference: chi-squared, one degree of freedom. */
export function lnProbability(g: number): number {
  return Math.min(0, lnErfc(Math.sqrt(g / 2)));
}

/** The share of the matching events over that of the others; Infinity when none of the others has the value. */
export function lift(found: Sides, all: Sides): number {
  return found.matching / all.matching / (found.others / all.others);
}

/** A run of bins, from the first to the last. */
export interface Run extends Sides {
  readonly first: number;
  readonly last: number;
  readonly g: number;
}

/** The run of bins that is most over-represented among the matching events, by {@link gStatistic}; undefined for none. */
export function bestRun(bins: readonly Sides[], all: Sides, minMatching: number): Run | undefined {
  let best: Run | undefined;
  for (let first = 0; first < bins.length; first++) {
    let [matching, others] = [0, 0];
    for (let last = first; last < bins.length; last++) {
      matching += bins[last]!.matching;
      others += bins[last]!.others;
      if (matching < minMatching || !isOver({ matching, others }, all)) continue;
      const g = gStatistic({ matching, others }, all);
      if (!best || g > best.g) best = { first, last, matching, others, g };
    }
  }
  return best && widest(best, bins);
}

/** The same run with the empty bins around it: a range then has no end where no number is beyond. */
function widest(run: Run, bins: readonly Sides[]): Run {
  const isEmpty = (at: number): boolean => bins[at] !== undefined && bins[at].matching + bins[at].others === 0;
  let { first, last } = run;
  while (isEmpty(first - 1)) first--;
  while (isEmpty(last + 1)) last++;
  return { ...run, first, last };
}

/** True when the matching events have the value more often than the others. */
export function isOver(found: Sides, all: Sides): boolean {
  return found.matching * all.others > found.others * all.matching;
}
