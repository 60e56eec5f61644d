import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Row } from '../../../src/core/result.js';
import { ContextWindow } from '../../../src/consumers/tail/context.js';

test('ContextWindow chooses the rows near matches, however they are split into calls', () => {
  const cases = fc.record({
    matches: fc.array(fc.boolean(), { maxLength: 40 }),
    size: fc.integer({ min: 1, max: 5 }),
    step: fc.integer({ min: 1, max: 7 }),
  });
  fc.assert(
    fc.property(cases, ({ matches, size, step }) => {
      const rows = matches.map((_, i): Row => [String(i)]);
      const isMatch = (at: number): boolean => matches[at] === true;
      const window = new ContextWindow(size);
      const chosen: Row[] = [];
      const starts: Row[] = [];
      for (let at = 0; at < rows.length; at += step) {
        const page = window.choose(rows.slice(at, at + step), ([id]) => isMatch(Number(id)));
        chosen.push(...page.rows);
        starts.push(...page.groupStarts.map(index => page.rows[index]!));
      }
      const near = rows.filter((_, i) => matches.some((match, at) => match && Math.abs(at - i) <= size));
      expect(chosen).toEqual(near);
      const isAfterGap = ([id]: Row, i: number): boolean => i > 0 && Number(near[i - 1]![0]) !== Number(id) - 1;
      expect(starts).toEqual(near.filter(isAfterGap));
    }),
  );
});
