import { expect, test } from 'vitest';
import { PatternTree } from '../../../src/consumers/patterns/tree.js';

test('keeps few groups of messages that have no word in common', () => {
  const tree = new PatternTree();
  for (let i = 0; i < 2000; i++) tree.add({ words: ['a', 'b', 'c'].map(letter => `${letter}${i}`), events: 1 });

  const groups = tree.groups();

  expect(groups.length).toBeLessThanOrEqual(600);
  expect(groups.flat()).toHaveLength(2000);
});
