import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rateLimiter } from '../../../src/receivers/auth/rate-limit.js';

test('keeps the mean rate of a sender that waits as asked', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1000 }),
      fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1 }),
      (events, sizes) => {
        let now = 0;
        const allowance = rateLimiter({ events, perMs: 1000 }, () => now)('me');
        let sent = 0;
        for (const size of sizes) {
          now += allowance.waitMs();
          expect(allowance.waitMs()).toBe(0);
          // What came before this request is what the bucket held at first, and what has flowed in since.
          expect(sent).toBeLessThanOrEqual(events + (now * events) / 1000);
          allowance.spend(size);
          sent += size;
        }
      },
    ),
  );
});

test('delays only the sender that has overdrawn, and returns the same one again', () => {
  const of = rateLimiter({ events: 10, perMs: 1000 }, () => 0);
  of('me').spend(30);

  expect(of('me').waitMs()).toBe(2100);
  expect(of('other').waitMs()).toBe(0);
});

test('given many senders, then only so many are remembered', () => {
  const of = rateLimiter({ events: 10, perMs: 1000 }, () => 0);
  of('first').spend(30);
  for (let i = 0; i < 10_000; i++) of(String(i));

  expect(of('first').waitMs()).toBe(0);
});
