import { expect, test } from 'vitest';
import { temporaryStore } from '../helpers/store.js';
import { containerLog, copyTruncating, killServers, killWatches, renaming } from '../helpers/watch-kill-rounds.js';

test('given kill -9 of watches, 12 times on one log, ten logs, then each line is stored exactly once', async () => {
  for (let log = 0; log < 10; log++) {
    const rotating = log % 2 === 0 ? renaming : copyTruncating;
    await expect(killWatches(temporaryStore(), 12, rotating)).resolves.toBeUndefined();
  }
});

test('given kill -9 of watches of joined parts, 12 times on one log, ten logs, then each line is stored exactly once', async () => {
  for (let log = 0; log < 10; log++) {
    const rotating = log % 2 === 0 ? renaming : copyTruncating;
    await expect(killWatches(temporaryStore(), 12, rotating, containerLog)).resolves.toBeUndefined();
  }
});

test('given kill -9 of servers under a watch, 5 times, ten watches, then each line is stored exactly once', async () => {
  for (let log = 0; log < 10; log++) await expect(killServers(temporaryStore(), 5)).resolves.toBeUndefined();
});
