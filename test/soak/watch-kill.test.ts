import { expect, test } from 'vitest';
import { temporaryStore } from '../helpers/store.js';
import { containerLog, copyTruncating, killServers, killWatches, renaming } from '../helpers/watch-kill-rounds.js';

test('stores each line once after 12 kills of watches a log, with ten logs', async () => {
  for (let log = 0; log < 10; log++) {
    const rotating = log % 2 === 0 ? renaming : copyTruncating;
    await expect(killWatches(temporaryStore(), 12, rotating)).resolves.toBeUndefined();
  }
});

test('stores each line once after 12 kills of joining watches a log, with ten logs', async () => {
  for (let log = 0; log < 10; log++) {
    const rotating = log % 2 === 0 ? renaming : copyTruncating;
    await expect(killWatches(temporaryStore(), 12, rotating, containerLog)).resolves.toBeUndefined();
  }
});

test('stores each line once after 5 kills of the server a watch, with ten watches', async () => {
  for (let log = 0; log < 10; log++) await expect(killServers(temporaryStore(), 5)).resolves.toBeUndefined();
});
