import { onTestFinished, expect, test } from 'vitest';
import { DEFAULT_TUNING } from '../../../src/core/limits.js';
import { startMaintenance } from '../../../src/server/maintenance/supervisor.js';
import { temporaryStore } from '../../helpers/store.js';

test('given that the system cannot start a process, then the keeper says so, and is stopped like any other', async () => {
  const { execPath } = process;
  process.execPath = '/no/such/program';
  onTestFinished(() => void (process.execPath = execPath));
  const none = (): void => undefined;

  const said = await new Promise<string>(resolve => {
    const keeper = startMaintenance(
      { dir: temporaryStore(), ...DEFAULT_TUNING, retentionEvery: 3_600_000 },
      { sealed: none, compacted: none, removed: none },
      resolve,
    );
    onTestFinished(() => keeper.stop());
  });

  expect(said).toBe('sealing failed; retrying: spawn /no/such/program ENOENT');
});
