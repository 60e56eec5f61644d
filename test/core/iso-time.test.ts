import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isIsoTime } from '../../src/core/iso-time.js';
import { rowsOf } from '../../src/query/result/rows.js';
import { createFixture } from '../query/fixture.js';

const TIMES = [
  '2026-11-22T20:54:39.821Z',
  '2026-11-22T20:54:39.123456789+01:00',
  '2026-11-22t20:54:39z',
  '2026-11-22 20:54',
  '2026-11-22T20:54:39,5-0530',
  '2026-11-22T20:54:39+01',
  '2016-12-31T23:59:60Z',
  '2024-02-29',
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999999Z',
  '2026-01-01T00:00:00+15:59',
];

test.each(TIMES)('given %s, then it is a time', text => {
  expect(isIsoTime(text)).toBe(true);
});

test.each([
  '',
  'yesterday',
  '1713943647',
  '2026-02-29T00:00:00Z',
  '2026-13-01',
  '2026-11-22T24:00:00Z',
  '2026-11-22T20:60:00Z',
  '2026-11-22T20:54:61Z',
  '2026-11-22T20:54:39+16:00',
  '2026-11-22T',
  '22.11.2026',
  ' 2026-11-22',
  '2026-11-22\n',
])('given %j, then it is none', text => {
  expect(isIsoTime(text)).toBe(false);
});

test('given a text that is taken for a time, then the column time has it', async () => {
  const any = fc.sample(
    fc.date({ min: new Date('0001-01-02T00:00:00Z'), max: new Date('9999-12-30T00:00:00Z'), noInvalidDate: true }),
    { seed: 1, numRuns: 100 },
  );
  const texts = [...TIMES, ...any.map(date => date.toISOString().replace('Z', '-12:45'))];
  const session = await createFixture(...texts.map(text => ({ event_time: text }))).open();

  expect(texts.filter(text => !isIsoTime(text))).toEqual([]);
  const lost = await rowsOf(await session.query('select event_time from events where time = received_at'));

  expect(lost).toEqual([]);
});
