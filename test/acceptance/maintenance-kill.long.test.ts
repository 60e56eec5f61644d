import { expect, test } from 'vitest';
import { maintenanceKillRounds } from '../helpers/maintenance-kill-rounds.js';
import { temporaryStore } from '../helpers/store.js';

test('keeps every acked event once when maintenance is killed 2 times during ingest', async () => {
  expect(await maintenanceKillRounds(temporaryStore(), 2)).toBeGreaterThan(0);
});
