import { expect, test } from 'vitest';
import { containerParts, killImports, killServers, LARGE, listElements } from '../helpers/ingest-kill-rounds.js';
import { temporaryStore } from '../helpers/store.js';

test('stores each event once after 20 kills of imports a file, with ten files', async () => {
  for (let file = 0; file < 10; file++)
    await expect(killImports(temporaryStore(), 20, { size: LARGE })).resolves.toBeUndefined();
});

test('stores each element once after 20 kills of joined or listed imports a file', async () => {
  for (let file = 0; file < 5; file++) {
    await expect(killImports(temporaryStore(), 20, { imported: containerParts, size: LARGE })).resolves.toBeUndefined();
    await expect(killImports(temporaryStore(), 20, { imported: listElements, size: LARGE })).resolves.toBeUndefined();
  }
});

test('stores each event once after 5 kills of the server an import, ten imports', async () => {
  for (let file = 0; file < 10; file++) await expect(killServers(temporaryStore(), 5, LARGE)).resolves.toBeUndefined();
});
