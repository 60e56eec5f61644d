import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { FAULT_VARIABLE } from '../../src/core/fault-point.js';
import { rowsOf } from '../../src/query/result/rows.js';
import { TELEMETRY } from '../cli/command.js';
import { seal } from '../helpers/archive.js';
import { createFixture, type Fixture } from '../query/fixture.js';

/** Converts in a process of its own, which may be killed at a step; returns the signal that ended it. */
function convert(dir: string, to: string, fault?: string): string | null {
  const env = { PATH: process.env.PATH ?? '', HOME: dir, ...(fault !== undefined && { [FAULT_VARIABLE]: fault }) };
  const args = [TELEMETRY, 'archive', 'convert', '--store', dir, '--to', to];
  const { signal, status, stderr } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  if (signal === null && status !== 0) throw new Error(stderr);
  return signal;
}

async function held(fixture: Fixture): Promise<unknown> {
  const session = await fixture.open();
  return rowsOf(await session.query('select id, received_at, payload, "type" from events order by id'));
}

test.each([
  ['ndjson', 'convert:written'],
  ['csv', 'convert:before-change'],
  ['duckdb', 'convert:written'],
  ['duckdb', 'convert:after-change'],
  ['none', 'convert:returned'],
  ['none', 'convert:before-change'],
  ['none', 'convert:after-change'],
])('keeps every event once and can continue a conversion to %s killed at %s', async (to, fault) => {
  const fixture = createFixture({ type: 'a', n: 1 }, { type: 'b', n: 2 }, { type: 'a', n: 3 });
  await seal(fixture.dir, 1);
  await seal(fixture.dir, 2);
  const before = await held(fixture);

  expect(convert(fixture.dir, to, fault)).toBe('SIGKILL');
  expect(await held(fixture)).toEqual(before);
  fixture.add({ type: 'c', n: 4 });
  const after = await held(fixture);
  expect(convert(fixture.dir, to)).toBeNull();
  expect(await held(fixture)).toEqual(after);
  await seal(fixture.dir);
  expect(await held(fixture)).toEqual(after);
});
