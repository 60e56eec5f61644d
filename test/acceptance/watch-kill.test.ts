import { expect, test } from 'vitest';
import { temporaryStore } from '../helpers/store.js';
import { containerLog, copyTruncating, killServers, killWatches, renaming } from '../helpers/watch-kill-rounds.js';

test('given kill -9 of a watch whose log is rotated by rename, when it is started again, then each line is stored exactly once', async () => {
  await expect(killWatches(temporaryStore(), 4, renaming)).resolves.toBeUndefined();
}, 60_000);

test('given kill -9 of a watch whose log is copied and truncated, when it is started again, then each line is stored exactly once', async () => {
  await expect(killWatches(temporaryStore(), 3, copyTruncating)).resolves.toBeUndefined();
}, 60_000);

test('given kill -9 of a watch of joined parts, when it is started again, then each line is stored exactly once', async () => {
  await expect(killWatches(temporaryStore(), 4, renaming, containerLog)).resolves.toBeUndefined();
}, 120_000);

test('given kill -9 of the server that a watch sends to, when it is started again, then each line is stored exactly once', async () => {
  await expect(killServers(temporaryStore(), 3)).resolves.toBeUndefined();
}, 60_000);
