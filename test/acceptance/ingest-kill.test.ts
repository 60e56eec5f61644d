import { expect, test } from 'vitest';
import { containerParts, killImports, killServers, listElements } from '../helpers/ingest-kill-rounds.js';
import { temporaryStore } from '../helpers/store.js';

test('given kill -9 in the middle of an import, when it is run again, then each event is stored exactly once', async () => {
  await expect(killImports(temporaryStore(), 4)).resolves.toBeUndefined();
}, 60_000);

test('given kill -9 in the middle of an import of joined parts, then each line is stored exactly once', async () => {
  await expect(killImports(temporaryStore(), 4, containerParts)).resolves.toBeUndefined();
}, 120_000);

test('given kill -9 in the middle of an import of a list, then each element is stored exactly once', async () => {
  await expect(killImports(temporaryStore(), 4, listElements)).resolves.toBeUndefined();
}, 120_000);

test('given kill -9 of the server in the middle of an import, when it is started again, then each event is stored exactly once', async () => {
  await expect(killServers(temporaryStore(), 3)).resolves.toBeUndefined();
}, 60_000);
