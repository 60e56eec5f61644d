import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cubeStatuses } from '../../../src/consumers/cubes/status.js';
import { verifyCube } from '../../../src/consumers/cubes/verify.js';
import { cubeFixture, type CubeFixture } from './fixture.js';

const at = (time: string, more: object = {}): object => ({ type: 'trace', service: 'a', v: 1, time, ...more });

const BY_HOUR = 'select time_bucket(interval 1 hour, time) as bucket, count(*) as n from of_a group by all';

const OF_A = `select * from events where service = 'a'`;

/** A cube over a view of the events of `a`, in two hours of which the first is frozen. */
async function overView(): Promise<CubeFixture> {
  const cubes = cubeFixture();
  cubes.send(at('2026-01-01T00:10:00Z'), at('2026-01-01T01:10:00Z'), at('2026-01-01T01:20:00Z', { service: 'b' }));
  cubes.view('of_a', OF_A);
  await cubes.create({ sql: BY_HOUR });
  await cubes.refresh();
  await cubes.prune(`time < '2026-01-01T00:15:00Z'`);
  await cubes.refresh();
  return cubes;
}

function removeFiles({ dir }: CubeFixture): void {
  for (const name of readdirSync(join(dir, 'cubes'))) rmSync(join(dir, 'cubes', name));
}

describe('a cube over a view that is replaced', () => {
  test('is stale, answers by the new view, and is computed again by the next refresh', async () => {
    const cubes = await overView();
    expect(cubeStatuses(cubes.dir)[0]?.changedViews).toEqual([]);
    cubes.view('of_a', `select * from events where service <> 'c'`);
    expect(cubeStatuses(cubes.dir)[0]?.changedViews).toEqual(['of_a']);
    expect(await verifyCube(cubes.dir, cubes.cube())).toMatchObject({ checked: 0, frozen: 1, touched: 1 });
    const expected = [
      ['2026-01-01T00:00:00Z', '1'],
      ['2026-01-01T01:00:00Z', '2'],
    ];
    expect(await cubes.ask('select bucket, n from hourly order by bucket')).toEqual(expected);
    expect(await cubes.refresh()).toMatchObject({ buckets: 1, lateDropped: 0 });
    expect(await cubes.ask('select bucket, n from hourly order by bucket')).toEqual(expected);
    expect(cubeStatuses(cubes.dir)[0]).toMatchObject({
      changedViews: [],
      note: 'computed again: the view of_a was replaced',
      buckets: { live: 1, frozen: 1 },
    });
    expect(await verifyCube(cubes.dir, cubes.cube())).toMatchObject({ checked: 1, differing: [] });
  });

  test('that has no row left loses its buckets', async () => {
    const cubes = await overView();
    cubes.view('of_a', `select * from events where service = 'none'`);
    expect(await cubes.ask('select n from hourly')).toEqual([['1']]);
    await cubes.refresh();
    expect(await cubes.ask('select n from hourly')).toEqual([['1']]);
    expect(cubeStatuses(cubes.dir)[0]?.buckets).toMatchObject({ live: 0, frozen: 1 });
  });

  test('that cannot be read by bucket is refused while buckets are frozen, and the cube keeps its rows', async () => {
    const cubes = await overView();
    cubes.view('of_a', `${OF_A} limit 5`);
    await expect(cubes.refresh()).rejects.toThrow('1 frozen buckets of the cube hourly do not fit its columns');
    cubes.view('of_a', OF_A);
    expect(await cubes.ask('select n from hourly order by bucket')).toEqual([['1'], ['1']]);
    await cubes.refresh();
    expect(cubeStatuses(cubes.dir)[0]).toMatchObject({ error: null, buckets: { live: 1, frozen: 1 } });
  });

  test('computed as a whole is computed again', async () => {
    const cubes = cubeFixture();
    cubes.send(at('2026-01-01T00:10:00Z'), at('2026-01-01T00:20:00Z', { service: 'b' }));
    cubes.view('of_a', OF_A);
    await cubes.create({ sql: `${BY_HOUR} limit 9` });
    await cubes.refresh();
    cubes.view('of_a', 'select * from events');
    expect(await cubes.ask('select n from hourly')).toEqual([['2']]);
    await cubes.refresh();
    expect(await cubes.ask('select n from hourly')).toEqual([['2']]);
    expect(cubeStatuses(cubes.dir)[0]?.changedViews).toEqual([]);
  });
});

describe('a cube without one of its files', () => {
  test('says so when it is read, refreshed or verified, and only then', async () => {
    const cubes = await overView();
    removeFiles(cubes);
    const message = /the cube hourly cannot be read: .*cubes.hourly-\w+\.parquet/;
    await expect(cubes.ask('from hourly')).rejects.toThrow(message);
    await expect(cubes.refresh()).rejects.toThrow(message);
    await expect(verifyCube(cubes.dir, cubes.cube())).rejects.toThrow(message);
    expect(await cubes.ask('select count(*) as hourly from events')).toEqual([['2']]);
  });

  test('keeps its incomplete buckets incomplete when it is rebuilt', async () => {
    const cubes = await overView();
    cubes.send(at('2026-01-01T05:10:00Z', { v: 7 }), at('2026-01-01T06:10:00Z', { v: 7 }), at('2026-01-01T06:20:00Z'));
    await cubes.prune('v = 7');
    await cubes.refresh();
    removeFiles(cubes);
    expect(await cubes.refresh('hourly', true)).toMatchObject({ incomplete: 3 });
    expect(cubeStatuses(cubes.dir)[0]?.incomplete).toEqual([
      '2026-01-01T00:00:00Z',
      '2026-01-01T05:00:00Z',
      '2026-01-01T06:00:00Z',
    ]);
  });

  test('is computed again by a rebuild, which says what was frozen and is lost', async () => {
    const cubes = await overView();
    removeFiles(cubes);
    await cubes.refresh('hourly', true);
    expect(await cubes.ask('select bucket, n from hourly')).toEqual([['2026-01-01T01:00:00Z', '1']]);
    expect(cubeStatuses(cubes.dir)[0]).toMatchObject({
      note: 'the rows of 1 frozen buckets were lost: they count the events that are left',
      buckets: { live: 1, frozen: 0, partial: 0, incomplete: 1 },
    });
  });
});
