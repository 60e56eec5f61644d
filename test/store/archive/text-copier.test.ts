import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TextCopier } from '../../../src/store/archive/text-copier.js';

test('copies any part of a text to any place, and nothing else', () => {
  const text = fc.string({ unit: 'binary', maxLength: 60 }).map(value => Buffer.from(`${value}\u007f\u{10ffff}\u007f`));
  const place = fc.nat({ max: 100 });
  fc.assert(
    fc.property(text, text, place, place, place, (first, second, from, to, at) => {
      const target = Buffer.alloc(500, 0x2e);
      const expected = Buffer.from(target);
      const copier = new TextCopier(target);

      for (const source of [first, second, first]) {
        const [start, end] = [from, to].map(offset => Math.min(offset, source.length)).sort((a, b) => a - b);
        copier.copy(source, start!, end!, at);
        source.copy(expected, at, start, end);
        expect(target.equals(expected)).toBe(true);
      }
    }),
  );
});
