import { expect, test } from 'vitest';
import { createFixture } from '../../query/fixture.js';

test.each([
  ['2026-11-30 13:05:09.007', 7],
  ['2026-11-30 13:05:09.000', 0],
  ['2026-11-30 13:05:09.999', 999],
])('the table events has %s for SQL that reads the file itself', (text, ms) => {
  const receivedAt = (Date.UTC(2026, 10, 30, 13, 5, 9) + ms) * 1000;
  const { db } = createFixture({ sent: '{}', receivedAt });
  expect(db.prepare('select insert_datetime from events').pluck().all()).toEqual([text]);
});
