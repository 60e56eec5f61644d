import { describe, expect, test } from 'vitest';
import { verifyCube, type CubeVerification } from '../../../src/consumers/cubes/verify.js';
import { openForWriting } from '../../../src/store/database/store.js';
import { cubeFixture, type CubeFixture } from './fixture.js';

const HOUR = 'time_bucket(interval 1 hour, time) as bucket';

/** A cube with one measure over events of one hour, refreshed. */
async function cubeOf(measure: string, events: readonly object[]): Promise<CubeFixture> {
  const cubes = cubeFixture();
  cubes.send(...events.map((event, i) => ({ time: `2026-01-01T00:10:00.${String(i).padStart(3, '0')}Z`, ...event })));
  await cubes.create({ sql: `select ${HOUR}, ${measure} as m from events group by all` });
  await cubes.refresh();
  return cubes;
}

async function verified(cubes: CubeFixture): Promise<CubeVerification['differing']> {
  return (await verifyCube(cubes.dir, cubes.cube()))!.differing;
}

/** Exchanges texts in the stored events, in a way that no part of the product does. */
function tamper({ dir }: CubeFixture, changes: readonly (readonly [from: string, to: string])[]): void {
  const db = openForWriting(dir);
  const change = db.prepare('update events set payload = replace(payload, ?, ?)');
  for (const [from, to] of changes) change.run(from, to);
  db.close();
}

/** The two values exchanged: each event has the other one's. */
const EXCHANGED = [
  ['"x":"first"', '"x":"new"'],
  ['"x":"second"', '"x":"first"'],
  ['"x":"new"', '"x":"second"'],
] as const;

const TIED = [
  { x: 'first', v: 7 },
  { x: 'second', v: 7 },
  { x: 'third', v: 1 },
];

describe('verify accepts', () => {
  test.each(['arg_max(x, v)', 'arg_min(x, -v)', 'max_by(x, v) filter (v > 1)'])(
    'another value that ties in %s',
    async m => {
      const cubes = await cubeOf(m, TIED);
      const before = await cubes.ask('select m from hourly');
      tamper(cubes, EXCHANGED);
      expect(await cubes.ask(`select ${m} from events`)).not.toEqual(before);
      expect(await verified(cubes)).toEqual([]);
    },
  );

  test('another value that is as frequent in mode', async () => {
    const cubes = await cubeOf('mode(x)', TIED);
    tamper(cubes, EXCHANGED);
    expect(await verified(cubes)).toEqual([]);
  });

  test('a value of approx_quantile that is within its rank error', async () => {
    const events = Array.from({ length: 1000 }, (_, i) => ({ v: (i * 7919) % 1000 }));
    const cubes = await cubeOf('approx_quantile(v, 0.5)', events);
    tamper(cubes, [['"v":999', '"v":0']]);
    expect(await verified(cubes)).toEqual([]);
  });
});

describe('verify names', () => {
  test.each(['arg_max(x, v)', 'arg_min(x, -v)', 'mode(x)'])(
    'a bucket where %s has a value that does not tie',
    async m => {
      const cubes = await cubeOf(m, [...TIED, { x: 'first', v: 7 }]);
      expect(await cubes.ask('select m from hourly')).toEqual([['first']]);
      tamper(cubes, [['"x":"first"', '"x":"second"']]);
      expect(await verified(cubes)).toHaveLength(1);
    },
  );

  test('a bucket where approx_quantile is past its rank error', async () => {
    const events = Array.from({ length: 1000 }, (_, i) => ({ v: i }));
    const cubes = await cubeOf('approx_quantile(v, 0.5)', events);
    tamper(cubes, [['"v":9', '"v":1']]);
    expect(await verified(cubes)).toHaveLength(1);
  });

  test('a bucket where approx_count_distinct differs at all', async () => {
    const events = Array.from({ length: 1000 }, (_, i) => ({ v: i }));
    const cubes = await cubeOf('approx_count_distinct(v)', events);
    expect(await verified(cubes)).toEqual([]);
    tamper(cubes, [['"v":9', '"v":1']]);
    expect(await verified(cubes)).toHaveLength(1);
  });
});

test('the order of equal times does not matter', async () => {
  const cubes = cubeFixture();
  const same = { time: '2026-01-01T00:10:00Z' };
  cubes.send({ ...same, x: 'b' }, { ...same, x: 'a' });
  await cubes.create({ sql: `select ${HOUR}, string_agg(x, ',' order by time) as m from events group by all` });
  await cubes.refresh();
  expect(await cubes.ask('select m from hourly')).toEqual([['b,a']]);
  await cubes.seal();
  expect(await verified(cubes)).toEqual([]);
});
