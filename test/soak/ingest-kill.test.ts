import { expect, test } from 'vitest';
import { containerParts, killImports, killServers, listElements } from '../helpers/ingest-kill-rounds.js';
import { temporaryStore } from '../helpers/store.js';

test('given kill -9 of imports, 20 times on one file, ten files, then each event is stored exactly once', async () => {
  for (let file = 0; file < 10; file++) await expect(killImports(temporaryStore(), 20)).resolves.toBeUndefined();
});

test('given kill -9 of imports of joined parts and of a list, 20 times on one file, five files each, then each event is stored exactly once', async () => {
  for (let file = 0; file < 5; file++) {
    await expect(killImports(temporaryStore(), 20, containerParts)).resolves.toBeUndefined();
    await expect(killImports(temporaryStore(), 20, listElements)).resolves.toBeUndefined();
  }
});

test('given kill -9 of servers under an import, 5 times, ten imports, then each event is stored exactly once', async () => {
  for (let file = 0; file < 10; file++) await expect(killServers(temporaryStore(), 5)).resolves.toBeUndefined();
});
