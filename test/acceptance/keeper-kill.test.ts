import { expect, test } from 'vitest';
import { keeperKillRounds } from '../helpers/keeper-kill-rounds.js';
import { temporaryStore } from '../helpers/store.js';

test('keeps every acked event once when maintenance is killed 2 times during ingest', async () => {
  expect(await keeperKillRounds(temporaryStore(), 2)).toBeGreaterThan(0);
}, 120_000);
