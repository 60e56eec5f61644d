import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFilter, encodeFilter, idsThatMayHold } from '../../../../src/store/archive/filters/column-filter.js';
import { buildFuseFilter, mayHold, valueBytes } from '../../../../src/store/archive/filters/fuse-filter.js';
import { KeySet, type Key } from '../../../../src/store/archive/filters/key-set.js';
import { propertyRuns } from '../../../helpers/property-runs.js';

/** Halves of hashes; some that are alike, as no good hash gives them. */
const half = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  fc.integer({ min: 0, max: 3 }),
  fc.constant(2 ** 32 - 1),
);
const key = fc.record({ low: half, high: half });
const bits = fc.integer({ min: 1, max: 8 });

function setOf(keys: readonly Key[]): KeySet {
  const set = new KeySet(keys.length);
  for (const { low, high } of keys) set.add(low, high);
  return set;
}

/** Numbers that look random and are the same in each run (xorshift, G. Marsaglia 2003). */
function* numbers(seed: number): Generator<number, never> {
  for (let x = seed; ;) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    yield x >>> 0;
  }
}

function someKeys(count: number, seed: number): Key[] {
  const next = numbers(seed);
  return Array.from({ length: count }, () => ({ low: next.next().value, high: next.next().value }));
}

describe('a set of keys', () => {
  it('has each key once', () => {
    fc.assert(
      fc.property(fc.array(key, { minLength: 1 }), keys => {
        const set = setOf([...keys, ...keys]);
        const found = Array.from({ length: set.size }, (_, i) => `${set.lows[i]} ${set.highs[i]}`);
        expect(found).toEqual([...new Set(keys.map(({ low, high }) => `${low} ${high}`))]);
        set.clear();
        expect(set.size).toBe(0);
      }),
    );
  });
});

describe('a fuse filter', () => {
  it('passes each key that it was built of, whatever the keys', () => {
    fc.assert(
      fc.property(fc.array(key, { maxLength: 300 }), bits, (keys, bits) => {
        const filter = buildFuseFilter(setOf(keys), bits)!;
        expect(keys.filter(one => !mayHold(filter, one))).toEqual([]);
        expect(filter.values.length).toBe(valueBytes(filter));
      }),
      { numRuns: propertyRuns(100) },
    );
  });

  it.each([1, 3, 8])('of %i bits passes few others, and takes little more than its bits', bits => {
    const keys = someKeys(100_000, 7);
    const filter = buildFuseFilter(setOf(keys), bits)!;
    expect(keys.every(one => mayHold(filter, one))).toBe(true);
    const passed = someKeys(20_000, 11).filter(one => mayHold(filter, one)).length / 20_000;
    expect(passed).toBeGreaterThan(0.5 * 2 ** -bits);
    expect(passed).toBeLessThan(1.5 * 2 ** -bits);
    expect((8 * filter.values.length) / keys.length).toBeLessThan(1.13 * bits);
  });

  it('of no keys passes none', () => {
    expect(mayHold(buildFuseFilter(setOf([]), 3)!, { low: 1, high: 2 })).toBe(false);
  });
});

describe('the filter of a column', () => {
  const block = fc.record({ keys: fc.array(key, { maxLength: 50 }), span: fc.integer({ min: 0, max: 2 ** 40 }) });

  it('names the blocks of each of its keys after it was stored', () => {
    fc.assert(
      fc.property(fc.array(block, { minLength: 1, maxLength: 5 }), bits, (blocks, bits) => {
        let next = 1;
        const placed = blocks.map(({ keys, span }) => {
          const ids = { firstId: next, lastId: next + span };
          next = ids.lastId + 1;
          return { keys, ...ids };
        });
        const encoded = encodeFilter(
          placed.map(({ keys, ...ids }) => ({ ...ids, filter: buildFuseFilter(setOf(keys), bits)! })),
        );
        const decoded = decodeFilter(encoded)!;
        for (const { keys, firstId, lastId } of placed)
          for (const one of keys)
            expect(idsThatMayHold(decoded, [{ low: 5, high: 5 }, one])).toContainEqual({
              afterId: firstId - 1,
              upToId: lastId,
            });
      }),
    );
  });

  it('is not read when a bit of it changed, or a part is missing', () => {
    const filter = buildFuseFilter(setOf(someKeys(40, 3)), 3)!;
    const encoded = encodeFilter([{ firstId: 1, lastId: 40, filter }]);
    for (let bit = 0; bit < 8 * encoded.length; bit++) {
      const damaged = Uint8Array.from(encoded);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      expect(decodeFilter(damaged)).toBeUndefined();
    }
    for (let length = 0; length < encoded.length; length++)
      expect(decodeFilter(encoded.subarray(0, length))).toBeUndefined();
    expect(decodeFilter(encoded)).toHaveLength(1);
  });
});
