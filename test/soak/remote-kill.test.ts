import { test } from 'vitest';
import { killForwarding } from '../helpers/remote-kill-rounds.js';
import { temporaryStore } from '../helpers/store.js';

test('stores each event once when either server is killed forty times', async () => {
  await killForwarding({ from: temporaryStore(), to: temporaryStore() }, 40);
});
