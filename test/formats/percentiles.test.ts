import fc from 'fast-check';
import { expect, test } from 'vitest';
import { histogramQuantile, type CumulativeBucket } from '../../src/formats/percentiles.js';

const BUCKETS: CumulativeBucket[] = [
  [1, 10],
  [2, 20],
  [4, 20],
  [Infinity, 40],
];

test.each([
  [0.125, 0.5],
  [0.25, 1],
  [0.375, 1.5],
  [0.9, 4],
  [0, 0],
])('given a share of %d, then its value is interpolated within its bucket: %d', (share, value) => {
  expect(histogramQuantile(share, BUCKETS)).toBe(value);
});

test('matches Prometheus without values, last bucket or positive lowest bound', () => {
  expect(
    histogramQuantile(0.5, [
      [1, 0],
      [Infinity, 0],
    ]),
  ).toBeNaN();
  expect(histogramQuantile(0.5, [[1, 5]])).toBeNaN();
  expect(
    histogramQuantile(0.5, [
      [-1, 5],
      [Infinity, 5],
    ]),
  ).toBe(-1);
});

test('given any histogram, then a greater share never has a smaller value', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(100), { minLength: 2, maxLength: 10 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (counts, share) => {
        let sum = 0;
        const buckets = counts.map((count, i): CumulativeBucket => [
          i === counts.length - 1 ? Infinity : i + 1,
          (sum += count),
        ]);
        fc.pre(sum > 0);
        expect(histogramQuantile(share, buckets)).toBeLessThanOrEqual(
          histogramQuantile(Math.min(1, share + 0.1), buckets),
        );
      },
    ),
  );
});
