import { expect, test } from 'vitest';
import { BatchTiming } from '../../../src/consumers/forward/batch-timing.js';

const SECOND = 1_000_000;
const few = { ids: 10, isFull: false, isSealed: false };
const many = { ids: 30_000, isFull: false, isSealed: false };

test('a few events of the journal are sent at once', () => {
  expect(new BatchTiming({}).isDue(few, 0)).toBe(true);
});

test('events that are too few for a kind wait until they are late', () => {
  const timing = new BatchTiming({ minBatch: 50, maxDelayMs: 1000 });

  expect([0, 0.9 * SECOND, SECOND].map(now => timing.isDue(few, now))).toEqual([false, false, true]);
  expect(timing.isDue(few, 1.5 * SECOND)).toBe(false);
});

test('many events of the journal wait until they are sealed', () => {
  const timing = new BatchTiming({});

  expect(timing.isDue(many, 0)).toBe(false);
  expect(timing.isDue(many, 4 * SECOND)).toBe(false);
  expect(timing.isDue({ ...many, isSealed: true }, 4 * SECOND)).toBe(true);
});

test('where nothing is sealed, only the first batch waits for that', () => {
  const timing = new BatchTiming({});
  timing.isDue(many, 0);

  expect(timing.isDue(many, 8 * SECOND)).toBe(true);
  expect(timing.isDue(many, 8 * SECOND)).toBe(true);
  timing.isDue({ ...many, isSealed: true }, 9 * SECOND);
  expect(timing.isDue(many, 10 * SECOND)).toBe(false);
});

test('a full batch is sent though a kind wants more ids than it may have', () => {
  expect(new BatchTiming({ minBatch: 50, maxDelayMs: 1000 }).isDue({ ...few, isFull: true }, 0)).toBe(true);
});
