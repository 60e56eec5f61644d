import { expect, test } from 'vitest';
import { temporaryStore } from '../helpers/store.js';
import { containerLog, copyTruncating, killServers, killWatches, renaming } from '../helpers/watch-kill-rounds.js';

test('stores each line once when killed while a log rotates by rename', async () => {
  await expect(killWatches(temporaryStore(), 2, renaming)).resolves.toBeUndefined();
});

test('stores each line once when killed while a log is copied and truncated', async () => {
  await expect(killWatches(temporaryStore(), 2, copyTruncating)).resolves.toBeUndefined();
});

test('stores each line once when killed while joining parts', async () => {
  await expect(killWatches(temporaryStore(), 2, renaming, containerLog)).resolves.toBeUndefined();
});

test('stores each line once when its server is killed and started again', async () => {
  await expect(killServers(temporaryStore(), 2)).resolves.toBeUndefined();
});
