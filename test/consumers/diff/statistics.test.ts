import { describe, expect, test } from 'vitest';
import { bestRun, gStatistic, lift, lnProbability } from '../../../src/consumers/diff/statistics.js';

describe('gStatistic', () => {
  test.each([
    // The sum of 2 O ln(O / E) over the four cells, computed in Python.
    [{ matching: 30, others: 10 }, { matching: 100, others: 100 }, 12.971_5],
    [{ matching: 5, others: 0 }, { matching: 10, others: 90 }, 25.840_1],
    [{ matching: 10, others: 100 }, { matching: 100, others: 1000 }, 0],
  ])('of %j among %j is %d', (found, all, expected) => {
    expect(gStatistic(found, all)).toBeCloseTo(expected, 3);
  });
});

describe('lnProbability', () => {
  test.each([
    // Table values of chi-squared, and the asymptotic series of ln erfc(sqrt(500)).
    [0, 0],
    [3.841_459, Math.log(0.05)],
    [10.827_566, Math.log(0.001)],
    [1000, -503.680_67],
  ])('of %d is %d', (g, expected) => {
    expect(lnProbability(g)).toBeCloseTo(expected, 3);
  });
});

test('lift is the ratio of the shares', () => {
  expect(lift({ matching: 5, others: 10 }, { matching: 10, others: 100 })).toBe(5);
  expect(lift({ matching: 5, others: 0 }, { matching: 10, others: 100 })).toBe(Infinity);
});

test('bestRun joins the bins that are over-represented', () => {
  const bins = [10, 50, 60, 5].map((matching, i) => ({ matching, others: [100, 100, 100, 100][i]! }));
  expect(bestRun(bins, { matching: 125, others: 400 }, 5)).toMatchObject({ first: 1, last: 2, matching: 110 });
  expect(bestRun([{ matching: 1, others: 1 }], { matching: 1, others: 1 }, 1)).toBeUndefined();
});
