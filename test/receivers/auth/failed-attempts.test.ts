import { expect, test } from 'vitest';
import { failedAttempts } from '../../../src/receivers/auth/failed-attempts.js';

test('delays wrong tokens of an address more and more after the first, up to a limit', () => {
  let now = 0;
  const attempts = failedAttempts(() => now);
  const delays = Array.from({ length: 12 }, () => {
    const delay = attempts.failed('192.0.2.1');
    now += delay;
    return delay;
  });

  expect(delays).toEqual([0, 0, 0, 0, 0, 100, 200, 400, 800, 1600, 3000, 3000]);
  expect(attempts.failed('192.0.2.2')).toBe(0);
});

test('given an address that was quiet for a minute, then it starts anew', () => {
  let now = 0;
  const attempts = failedAttempts(() => now);
  for (let i = 0; i < 10; i++) attempts.failed('192.0.2.1');
  now += 60_001;

  expect(attempts.failed('192.0.2.1')).toBe(0);
});

test('marks only the address of parallel guesses as flooding until it has replies', () => {
  let now = 0;
  const attempts = failedAttempts(() => now);
  for (let i = 0; i < 21; i++) attempts.failed('2001:db8::1');

  expect(attempts.isFlooding('2001:db8::2')).toBe(true); // one sender has the whole network
  expect(attempts.isFlooding('2001:db8:0:1::1')).toBe(false);
  now += 3000;
  expect(attempts.isFlooding('2001:db8::1')).toBe(false);
});

test('given more addresses than are remembered, then the oldest is forgotten', () => {
  const attempts = failedAttempts(() => 0);
  for (let i = 0; i < 10; i++) attempts.failed('192.0.2.1');
  for (let i = 0; i < 10_000; i++) attempts.failed(`10.0.${i >> 8}.${i & 255}`);

  expect(attempts.failed('192.0.2.1')).toBe(0);
});
