import { existsSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { serve } from '../helpers/server.js';
import { payloads, temporaryStore } from '../helpers/store.js';
import { telemetry, temporaryDirectory } from './command.js';
import { removeDirectory } from '../helpers/remove-directory.js';

let cwd: string;

beforeEach(() => void (cwd = temporaryDirectory()));
afterEach(() => removeDirectory(cwd));

test('prints one event with host information and no personal names', async () => {
  const { code, out, err } = await telemetry(['host'], { cwd });
  const event = JSON.parse(out) as Record<string, unknown>;
  const again = JSON.parse((await telemetry(['host'], { cwd })).out) as Record<string, unknown>;

  expect([code, err]).toEqual([0, '']);
  expect(event).toMatchObject({ application: 'telemetry', telemetry_type: 'host_telemetry', agent_id: again.agent_id });
  expect(event.event_id).not.toBe(again.event_id);
  expect(event.cpu_count).toBeGreaterThan(0);
  expect(event.total_memory_mb).toBeGreaterThan(100);
  expect(event.os_version).not.toBe('');
  for (const file of ['/etc/machine-id', '/etc/hostname']) {
    const secret = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
    if (secret.length > 3) expect(out).not.toContain(secret);
  }
});

test('given a server, when the host is sent, then the event that was printed is stored', async () => {
  const store = temporaryStore();
  const server = await serve({ store });
  const { code, out, err } = await telemetry(['host', '--send', '--store', store], { cwd });
  await server.end();

  expect([code, err]).toEqual([0, `telemetry: ${server.url} stored 1 event\n`]);
  expect(payloads(store)).toEqual([out.trimEnd()]);
});

test('fails to send without a server, but prints the host information', async () => {
  const { code, out, err } = await telemetry(['host', '--send', '--url', 'http://127.0.0.1:1'], { cwd });

  expect(code).toBe(1);
  expect(out).toContain('host_telemetry');
  expect(err).toContain('no telemetry server answers at http://127.0.0.1:1');
});
