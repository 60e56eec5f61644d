import { readFileSync } from 'node:fs';
import { onTestFinished, expect, test } from 'vitest';
import { DEFAULT_TUNING } from '../../../src/core/limits.js';
import { startMaintenance } from '../../../src/server/maintenance/supervisor.js';
import { serve } from '../../helpers/server.js';
import { temporaryStore, until } from '../../helpers/store.js';

test('logs that the system cannot start the process, and stops as usual', async () => {
  const { execPath } = process;
  process.execPath = '/no/such/program';
  onTestFinished(() => void (process.execPath = execPath));
  const none = (): void => undefined;

  const said = await new Promise<string>(resolve => {
    const maintenance = startMaintenance(
      { dir: temporaryStore(), ...DEFAULT_TUNING, retentionEvery: 3_600_000 },
      { sealed: none, compacted: none, removed: none },
      none,
      resolve,
    );
    onTestFinished(() => maintenance.stop());
  });

  expect(said).toBe('sealing failed; retrying: spawn /no/such/program ENOENT');
});

/** The processes that a process has started (Linux). */
function childrenOf(pid: number): string[] {
  const tasks = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return tasks === '' ? [] : tasks.split(' ');
}

test.runIf(process.platform === 'linux')('the maintenance process holds no secret of the server', async () => {
  const server = await serve({
    store: temporaryStore(),
    args: ['--token', 's3cret-flag'],
    env: {
      TELEMETRY_TOKEN: 's3cret-variable',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20s3cret-otel',
      AWS_SECRET_ACCESS_KEY: 's3cret-aws',
      TZ: 'Europe/Berlin',
    },
  });
  await until(() => childrenOf(server.pid).length > 0, 'the maintenance process');
  const [child] = childrenOf(server.pid);
  const read = (name: string): string => readFileSync(`/proc/${child}/${name}`, 'utf8');
  await until(() => read('cmdline').includes('server/maintenance/process'), 'its program');

  expect(read('environ').split('\0')).toContain('TZ=Europe/Berlin');
  expect(read('environ') + read('cmdline')).not.toContain('s3cret');
  expect(await server.end()).toBe(0);
});
