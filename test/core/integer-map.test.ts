import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IntegerMap } from '../../src/core/integer-map.js';

/** Keys that share places in small tables, and some past 32 bits. */
const key = fc.oneof(
  fc.nat(200),
  fc.nat(40).map(i => i * 64),
  fc.nat(40).map(i => 2 ** 40 + i * 64),
);

describe('the integer map', () => {
  it('holds what a Map holds, whatever is set and deleted', () => {
    const step = fc.tuple(fc.boolean(), key);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400 }), steps => {
        const known = new Map<number, number>();
        const map = new IntegerMap<number>();
        steps.forEach(([isSet, key], i) => {
          if (isSet) {
            known.set(key, i);
            map.set(key, i);
          } else {
            known.delete(key);
            map.delete(key);
          }
          expect(map.size).toBe(known.size);
          expect(map.get(key)).toBe(known.get(key));
        });
        for (const [key, value] of known) expect(map.get(key)).toBe(value);
        expect(map.values().sort((a, b) => a - b)).toEqual([...known.values()].sort((a, b) => a - b));
      }),
    );
  });
});
