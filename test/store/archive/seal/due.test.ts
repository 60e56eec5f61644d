import { expect, onTestFinished, test } from 'vitest';
import { isDue } from '../../../../src/store/archive/seal/due.js';
import { openReader } from '../../../../src/store/journal/reader.js';
import { createFixture } from '../../../query/fixture.js';

const SECOND = 1_000_000;
const NOW = Date.UTC(2026, 10, 22, 12) * 1000;
const LIMITS = { sealEvents: 3, sealAfter: 60_000 };

/** Whether a journal with events received so many seconds before now is to be sealed. */
function isDueWith(...ages: readonly number[]): boolean {
  const { dir } = createFixture(...ages.map(age => ({ sent: '{}', receivedAt: NOW - age * SECOND })));
  const reader = openReader(dir);
  onTestFinished(() => reader.close());
  return isDue(reader, LIMITS, NOW);
}

test('a burst that a remote waits for is due sooner', () => {
  const { dir } = createFixture(...[2, 1.5, 1, 0.1].map(age => ({ sent: '{}', receivedAt: NOW - age * SECOND })));
  const reader = openReader(dir);
  onTestFinished(() => reader.close());

  expect([false, true].map(isForwarded => isDue(reader, LIMITS, NOW, isForwarded))).toEqual([false, true]);
});

test('a burst of millions of events is due', () => {
  const { dir, db } = createFixture({ sent: '{}', receivedAt: NOW - SECOND });
  const insert = db.prepare('insert into events(id, stream_id, received_at, payload) values (?, 1, ?, ?)');
  const reader = openReader(dir);
  onTestFinished(() => reader.close());

  insert.run(1_000_000, NOW, '{}');
  expect(isDue(reader, LIMITS, NOW)).toBe(false);
  insert.run(3_000_000, NOW, '{}');
  expect(isDue(reader, LIMITS, NOW)).toBe(true);
});

test.each([
  ['no event', [], false],
  ['few events, all young', [30, 1], false],
  ['one event that is too old', [61], true],
  ['too many events, and nothing came for a while', [2, 2, 2, 1], true],
  ['too many events of a burst that goes on', [1, 1, 0.5, 0.1], false],
  ['too many events of a burst that has gone on for some seconds', [8, 2, 1, 0.1], false],
  ['too many events of a burst that has gone on for long', [11, 2, 1, 0.1], true],
  ['too many events that a clock which was put back takes for the future', [-3600, -3600, -3600, -3600], true],
  ['few of them', [-3600, -3600], true],
])('given %s, then it is due as it should be', (_, ages, due) => {
  expect(isDueWith(...ages)).toBe(due);
});
