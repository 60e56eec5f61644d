import { expect, test } from 'vitest';
import type { Row } from '../../../../src/core/result.js';
import { TraceGroups } from '../../../../src/cli/commands/tail/trace-groups.js';

const page = (lastId: number, ...rows: Row[]) => ({ columns: [], rows, groupStarts: [1], lastId });

test('TraceGroups joins the events of a trace over several pages', () => {
  const groups = new TraceGroups(([trace]) => trace ?? null);
  groups.add(page(3, ['a', '1'], ['b', '2'], [null, '3']));
  groups.add(page(6, [null, '4'], ['b', '5'], ['a', '6']));

  expect(groups.take()).toEqual({
    columns: [],
    rows: [
      ['a', '1'],
      ['a', '6'],
      ['b', '2'],
      ['b', '5'],
      [null, '3'],
      [null, '4'],
    ],
    groupStarts: [],
    lastId: 6,
  });
  expect(groups.take()).toBeUndefined();
});

test('TraceGroups collects a limited number of events', () => {
  const groups = new TraceGroups(([trace]) => trace ?? null, 3);

  expect(groups.add(page(2, ['a', '1'], ['b', '2']))).toBeUndefined();
  expect(groups.add(page(3, ['a', '3']))?.rows).toEqual([
    ['a', '1'],
    ['a', '3'],
    ['b', '2'],
  ]);
  expect(groups.take()).toBeUndefined();
});
