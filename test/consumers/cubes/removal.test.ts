import { describe, expect, test } from 'vitest';
import { impactsOf } from '../../../src/consumers/cubes/impact.js';
import { cubeStatuses } from '../../../src/consumers/cubes/status.js';
import { verifyCube } from '../../../src/consumers/cubes/verify.js';
import { applyPolicy } from '../../../src/consumers/retention/apply.js';
import { openSession } from '../../../src/query/session.js';
import { cubeFixture, HOURLY, type CubeFixture } from './fixture.js';

const at = (time: string, more: object = {}): object => ({ type: 'trace', service: 'a', v: 1, time, ...more });

const n = (cubes: CubeFixture): Promise<unknown> => cubes.ask('select n from hourly order by bucket');

describe('a bucket that loses events before a refresh has counted them', () => {
  test('is incomplete when some of its events are left', async () => {
    const cubes = cubeFixture();
    cubes.send(at('2026-01-01T00:10:00Z'));
    await cubes.create();
    await cubes.refresh();
    cubes.send(at('2026-01-01T05:10:00Z', { v: 7 }), at('2026-01-01T05:20:00Z'), at('2026-01-01T06:20:00Z'));
    await cubes.prune('v = 7');
    expect(await cubes.refresh()).toMatchObject({ buckets: 2, incomplete: 1 });
    expect(cubeStatuses(cubes.dir)[0]?.buckets).toEqual({ live: 2, frozen: 0, partial: 0, incomplete: 1 });
    expect(await n(cubes)).toEqual([['1'], ['1'], ['1']]);
    cubes.send(at('2026-01-01T05:30:00Z'));
    expect(await cubes.refresh()).toMatchObject({ lateDropped: 1 });
    expect(await verifyCube(cubes.dir, cubes.cube())).toMatchObject({ checked: 2, frozen: 1, differing: [] });
  });

  test('is incomplete when none is left', async () => {
    const cubes = cubeFixture();
    cubes.send(at('2026-01-01T00:10:00Z'));
    await cubes.create();
    await cubes.refresh();
    cubes.send(at('2026-01-01T05:10:00Z', { v: 7 }));
    await cubes.seal();
    await cubes.prune('v = 7');
    await cubes.refresh();
    expect(cubeStatuses(cubes.dir)[0]?.buckets).toMatchObject({ live: 1, incomplete: 1 });
  });

  test('is incomplete when it was stored before', async () => {
    const cubes = cubeFixture();
    cubes.send(at('2026-01-01T00:10:00Z'));
    await cubes.create();
    await cubes.refresh();
    cubes.send(at('2026-01-01T00:20:00Z', { v: 7 }), at('2026-01-01T00:30:00Z'));
    await cubes.prune('v = 7');
    await cubes.refresh();
    expect(cubeStatuses(cubes.dir)[0]?.buckets).toMatchObject({ live: 0, incomplete: 1 });
    expect(await n(cubes)).toEqual([['2']]);
  });

  test('is not when the removal touches other events', async () => {
    const cubes = cubeFixture();
    cubes.send(at('2026-01-01T00:10:00Z'), at('2026-01-01T00:10:00Z', { type: 'log', v: 7 }));
    await cubes.create();
    await cubes.prune('v = 7');
    await cubes.refresh();
    expect(cubeStatuses(cubes.dir)[0]?.buckets).toMatchObject({ live: 1, incomplete: 0 });
  });
});

test('the effect of a removal names frozen, partly removed and incomplete buckets', async () => {
  const cubes = cubeFixture();
  cubes.send(at('2026-01-01T00:10:00Z'), at('2026-01-01T01:10:00Z'), at('2026-01-01T01:20:00Z', { v: 2 }));
  await cubes.create();
  await cubes.refresh();
  cubes.send(at('2026-01-01T02:10:00Z'));
  const session = await openSession({ dir: cubes.dir });
  try {
    expect(await impactsOf(cubes.dir, session, { source: 'events', condition: 'v = 1' })).toMatchObject([
      {
        name: 'hourly',
        frozen: ['2026-01-01T00:00:00Z', '2026-01-01T01:00:00Z'],
        partial: ['2026-01-01T01:00:00Z'],
        incomplete: ['2026-01-01T02:00:00Z'],
        uncounted: 1,
      },
    ]);
  } finally {
    session.close();
  }
});

test('a dry run of retention names the buckets that go by age and by size', async () => {
  const cubes = cubeFixture();
  const day = 86_400_000;
  cubes.send(at('2026-01-01T00:10:00Z'), at('2026-01-02T00:10:00Z'));
  await cubes.create();
  await cubes.refresh();
  await cubes.seal();
  const policy = { ages: { trace: day }, rollups: {}, by: 'time' as const };
  const options = {
    signal: new AbortController().signal,
    now: () => Date.UTC(2026, 0, 2, 12) * 1000,
    isShared: () => false,
  };
  const byAge = await applyPolicy(cubes.dir, policy, options, true);
  expect(byAge.impacts).toMatchObject([{ frozen: ['2026-01-01T00:00:00Z'], partial: [] }]);
  const bySize = await applyPolicy(cubes.dir, { ...policy, ages: {}, maxSize: 1 }, options, true);
  expect(bySize.size?.events).toBe(0);
  expect(bySize.impacts).toEqual([]);
  expect(await cubes.ask(HOURLY)).toHaveLength(2);
});
