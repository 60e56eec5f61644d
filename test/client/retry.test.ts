import { describe, expect, test } from 'vitest';
import { backoff, retryAfterMs } from '../../src/client/retry.js';

describe('backoff', () => {
  test('doubles pauses up to a bound, shortened at random by at most half', () => {
    expect([0, 1, 2, 20].map(attempt => backoff(attempt, () => 0))).toEqual([100, 200, 400, 5000]);
    expect(backoff(0, () => 1)).toBe(50);
  });
});

describe('retryAfterMs', () => {
  const now = Date.parse('2026-11-22T10:00:00Z');

  test.each([
    ['2', 2000],
    ['0', 0],
    ['Sun, 22 Nov 2026 10:00:05 GMT', 5000],
    ['Sun, 22 Nov 2026 09:00:00 GMT', 0],
    ['86400', 60_000],
    ['soon', undefined],
    [undefined, undefined],
  ])('given %s, then %s ms', (header, pause) => {
    expect(retryAfterMs(header, now)).toBe(pause);
  });
});
