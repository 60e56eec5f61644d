import { expect, test } from 'vitest';
import { killImports, killServers } from '../helpers/ingest-kill-rounds.js';
import { temporaryStore } from '../helpers/store.js';

test('given kill -9 in the middle of an import, when it is run again, then each event is stored exactly once', async () => {
  await expect(killImports(temporaryStore(), 4)).resolves.toBeUndefined();
}, 60_000);

test('given kill -9 of the server in the middle of an import, when it is started again, then each event is stored exactly once', async () => {
  await expect(killServers(temporaryStore(), 3)).resolves.toBeUndefined();
}, 60_000);
