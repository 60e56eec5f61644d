import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Throttled } from '../../src/server/throttled.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A throttled count of how often it was made. */
function counter() {
  let made = 0;
  let changes = 0;
  const throttled = new Throttled({
    make: () => Promise.resolve((made += 1)),
    version: () => String(changes),
    everyMs: 1000,
  });
  return {
    get: () => throttled.get(),
    change: () => {
      changes++;
    },
    made: () => made,
  };
}

test('makes the value once for all who ask while nothing changes', async () => {
  const { get, made } = counter();

  expect(await Promise.all([get(), get(), get()])).toEqual([1, 1, 1]);
  await vi.advanceTimersByTimeAsync(999);
  expect(await get()).toBe(1);
  expect(made()).toBe(1);
});

test('makes all who ask after a change wait for the next value', async () => {
  const { get, change, made } = counter();
  await get();
  change();

  const waiting = Promise.all([get(), get()]);
  await vi.advanceTimersByTimeAsync(999);
  expect(made()).toBe(1);
  await vi.advanceTimersByTimeAsync(1);

  expect(await waiting).toEqual([2, 2]);
});

test('makes a value after its time at once, also without a change', async () => {
  const { get } = counter();
  await get();
  await vi.advanceTimersByTimeAsync(1000);

  expect(await get()).toBe(2);
});

test('tries anew after an error', async () => {
  let isBroken = true;
  const throttled = new Throttled({
    make: () => (isBroken ? Promise.reject(new Error('broken')) : Promise.resolve('right')),
    version: () => '',
    everyMs: 1000,
  });
  await expect(throttled.get()).rejects.toThrow('broken');
  isBroken = false;

  const next = throttled.get();
  await vi.advanceTimersByTimeAsync(1000);
  expect(await next).toBe('right');
});
