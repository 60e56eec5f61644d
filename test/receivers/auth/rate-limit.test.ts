import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rateLimiter } from '../../../src/receivers/auth/rate-limit.js';

test('given any requests of one sender, when each waits as it is told, then the mean rate is kept', () => {
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

test('given a sender that has overdrawn, then another is not held up, and it is the same one whenever it is asked for', () => {
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
