import { expect, test } from 'vitest';
import { containerParts, DIRECT, killImports, killServers, listElements } from '../helpers/ingest-kill-rounds.js';
import { temporaryStore } from '../helpers/store.js';

test('stores each event once after kill -9 of an import', async () => {
  await expect(killImports(temporaryStore(), 2)).resolves.toBeUndefined();
});

test('stores each event once after kill -9 of an import past the journal', async () => {
  await expect(killImports(temporaryStore(), 2, { env: DIRECT })).resolves.toBeUndefined();
});

test('stores each line once after kill -9 of an import of joined parts', async () => {
  await expect(killImports(temporaryStore(), 2, { imported: containerParts })).resolves.toBeUndefined();
});

test('stores each element once after kill -9 of an import of a list', async () => {
  await expect(killImports(temporaryStore(), 2, { imported: listElements })).resolves.toBeUndefined();
});

test('stores each event once after kill -9 of the server during an import', async () => {
  await expect(killServers(temporaryStore(), 2)).resolves.toBeUndefined();
});
