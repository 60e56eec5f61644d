import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CASES } from '../../bench/cases/all.mjs';
import { nameOf, PAGE, rowsOf } from '../../bench/lib/page.mjs';

test('docs/performance.md has a row for each case of the bench, in their order', () => {
  const rows = rowsOf(readFileSync(PAGE, 'utf8')).map(nameOf);

  expect(rows).toEqual(CASES.map(({ name }) => name));
});
