import { expect, test } from 'vitest';
import { killRounds } from '../helpers/kill-rounds.js';
import { temporaryStore } from '../helpers/store.js';

test('given kill -9 in the middle of ingest, 8 times, then every acked event is there exactly once', async () => {
  expect(await killRounds(temporaryStore(), 8)).toBeGreaterThan(0);
});
