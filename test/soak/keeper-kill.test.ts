import { expect, test } from 'vitest';
import { keeperKillRounds } from '../helpers/keeper-kill-rounds.js';
import { temporaryStore } from '../helpers/store.js';

test('keeps every acked event once when maintenance is killed 100 times', async () => {
  expect(await keeperKillRounds(temporaryStore(), 100)).toBeGreaterThan(0);
});
