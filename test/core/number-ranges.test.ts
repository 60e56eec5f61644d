import { assert, property, uniqueArray, integer } from 'fast-check';
import { expect, test } from 'vitest';
import { RangeReader, RangeWriter } from '../../src/core/number-ranges.js';

function readAll(text: string): number[] {
  const reader = new RangeReader(text);
  const numbers: number[] = [];
  for (let next = reader.next(); next !== undefined; next = reader.next()) numbers.push(next);
  return numbers;
}

test('reads the numbers that were written', () => {
  assert(
    property(uniqueArray(integer({ min: 1, max: 60 }), { minLength: 1 }), numbers => {
      const ascending = numbers.toSorted((a, b) => a - b);
      const writer = new RangeWriter();
      for (const number of ascending) writer.add(number);
      expect(writer.length).toBeGreaterThanOrEqual(writer.toString().length);
      expect(readAll(writer.toString())).toEqual(ascending);
    }),
  );
  expect(new RangeWriter().toString()).toBe('');
});

test.each(['', '0', '1,', '2,1', '1-3,3', '3-1', 'a', '1 2', '-1', '1-', '1234567890123456'])('refuses %j', text => {
  expect(() => new RangeReader(text)).toThrow(RangeError);
});

test('takes a range of any size at once', () => {
  expect(new RangeReader('7-99999999999999').next()).toBe(7);
});
