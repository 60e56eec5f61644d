import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { agentId } from '../../../src/receivers/host/agent-id.js';
import { temporaryStore } from '../../helpers/store.js';

const UUID_4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const MACHINE_ID = '3d1219c7c4c5404aaa1f6d2a48adfda4';

let dir: string;
let kept: string;
let machineId: string;

beforeEach(() => {
  dir = temporaryStore();
  kept = join(dir, 'data', 'agent-id');
  machineId = join(dir, 'machine-id');
});

test('given a machine id, then the agent id is the same each time, shows nothing of it, and differs by machine', () => {
  writeFileSync(machineId, `${MACHINE_ID}\n`);
  const id = agentId(kept, [machineId]);

  expect(id).toMatch(UUID_4);
  expect(agentId(kept, [join(dir, 'none'), machineId])).toBe(id);
  expect(id.replaceAll('-', '')).not.toContain(MACHINE_ID.slice(0, 6));
  writeFileSync(machineId, MACHINE_ID.replace('3', '4'));
  expect(agentId(kept, [machineId])).not.toBe(id);
});

test.each(['', 'uninitialized\n', '0'.repeat(32)])('given the machine id %j, then a random one is kept', content => {
  writeFileSync(machineId, content);
  const id = agentId(kept, [machineId]);

  expect(id).toMatch(UUID_4);
  expect(agentId(kept, [machineId])).toBe(id);
  expect(readFileSync(kept, 'utf8')).toBe(`${id}\n`);
});

test('given a place where nothing can be kept, then an error with a remedy', () => {
  writeFileSync(join(dir, 'file'), '');

  expect(() => agentId(join(dir, 'file', 'agent-id'), [])).toThrow(/cannot store the id of this machine/);
});
