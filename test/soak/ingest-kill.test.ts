import { expect, test } from 'vitest';
import { containerParts, killImports, killServers, listElements } from '../helpers/ingest-kill-rounds.js';
import { temporaryStore } from '../helpers/store.js';

test('stores each event once after 20 kills of imports a file, with ten files', async () => {
  for (let file = 0; file < 10; file++) await expect(killImports(temporaryStore(), 20)).resolves.toBeUndefined();
});

test('stores each element once after 20 kills of joined or listed imports a file', async () => {
  for (let file = 0; file < 5; file++) {
    await expect(killImports(temporaryStore(), 20, containerParts)).resolves.toBeUndefined();
    await expect(killImports(temporaryStore(), 20, listElements)).resolves.toBeUndefined();
  }
});

test('stores each event once after 5 kills of the server an import, ten imports', async () => {
  for (let file = 0; file < 10; file++) await expect(killServers(temporaryStore(), 5)).resolves.toBeUndefined();
});
