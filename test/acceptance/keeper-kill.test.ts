import { expect, test } from 'vitest';
import { keeperKillRounds } from '../helpers/keeper-kill-rounds.js';
import { temporaryStore } from '../helpers/store.js';

test('given kill -9 of the keeper alone while events come in, 2 times, then every acked event is there exactly once', async () => {
  expect(await keeperKillRounds(temporaryStore(), 2)).toBeGreaterThan(0);
}, 120_000);
