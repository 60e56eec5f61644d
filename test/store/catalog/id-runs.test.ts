import fc from 'fast-check';
import { expect, test } from 'vitest';
import { idRuns } from '../../../src/store/catalog/id-runs.js';

test('holds exactly the given ascending ids, in order, in runs of limited length', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 1, max: 200 })).map(ids => ids.sort((a, b) => a - b)),
      fc.integer({ min: 1, max: 10 }),
      (ids, longest) => {
        const set = idRuns(ids);
        const runs = [...set.runs(longest)];
        const held = runs.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i));
        expect(held).toEqual(ids);
        expect(set.size).toBe(ids.length);
        expect(runs.every(([first, last]) => last - first < longest)).toBe(true);
      },
    ),
  );
});

test('given an id out of order, then it is refused', () => {
  expect(() => idRuns([2, 2])).toThrow(RangeError);
});
