import fc from 'fast-check';
import { expect, test } from 'vitest';
import { verifyCube } from '../../../src/consumers/cubes/verify.js';
import { cubeFixture, HOURLY, type CubeFixture } from './fixture.js';

/** An event of the law: its hour may be any, so that it can be late. */
interface Sent {
  readonly key: number;
  readonly hour: number;
  readonly service: string;
  readonly v: number;
  readonly isTrace: boolean;
}

const HOURS = 6;

const sent: fc.Arbitrary<Sent> = fc.record({
  // Few ids: an event that was sent before is a duplicate.
  key: fc.nat(60),
  hour: fc.nat(HOURS - 1),
  service: fc.constantFrom('a', 'b'),
  v: fc.nat(20),
  isTrace: fc.nat(9).map(n => n > 0),
});

type Step =
  | { readonly kind: 'send'; readonly events: readonly Sent[] }
  | { readonly kind: 'refresh' | 'rebuild' | 'seal' | 'compact' }
  | { readonly kind: 'prune'; readonly hour: number; readonly service: string };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('send' as const),
      events: fc.array(sent, { minLength: 1, maxLength: 8 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('refresh' as const, 'rebuild' as const) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('seal' as const, 'compact' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('prune' as const),
      hour: fc.nat(HOURS - 1),
      service: fc.constantFrom('a', 'b'),
    }),
  },
);

const eventOf = ({ key, hour, service, v, isTrace }: Sent): object => ({
  event_id: `event-${key}`,
  type: isTrace ? 'trace' : 'log',
  service,
  v,
  time: new Date(Date.UTC(2026, 0, 1, hour, key)).toISOString(),
});

const timeOf = (hour: number): string => new Date(Date.UTC(2026, 0, 1, hour)).toISOString().replace('.000Z', 'Z');

/** The rows of a query by bucket, as texts. */
async function byBucket(fixture: CubeFixture, sql: string): Promise<Map<string, string[]>> {
  const buckets = new Map<string, string[]>();
  for (const row of await fixture.ask(`select * from (${sql}) order by all`)) {
    const key = row[0]!;
    buckets.set(key, [...(buckets.get(key) ?? []), row.join()]);
  }
  return buckets;
}

test('a cube has the rows of its query, and of frozen buckets those from before', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 9 }), async steps => {
      const fixture = cubeFixture();
      fixture.send({ type: 'trace', service: 'a', v: 1, time: timeOf(23) });
      await fixture.create();
      /** Buckets as they were counted before some of their events were removed. */
      const frozen = new Map<string, string[]>();
      let counted = new Map<string, string[]>();
      for (const one of steps) {
        if (one.kind === 'send') fixture.send(...one.events.map(eventOf));
        else if (one.kind === 'prune') {
          const where = `service = '${one.service}' and hour(time) = ${one.hour} and type = 'trace'`;
          const bucket = timeOf(one.hour);
          const goes = (counted.get(bucket) ?? []).some(row => row.split(',')[1] === one.service);
          const before = counted.get(bucket);
          if (goes && before && !frozen.has(bucket)) frozen.set(bucket, before);
          await fixture.prune(where);
        } else if (one.kind === 'seal') await fixture.seal();
        else if (one.kind === 'compact') await fixture.compact();
        else {
          await fixture.refresh('hourly', one.kind === 'rebuild');
          counted = await byBucket(fixture, HOURLY);
        }
        const expected = new Map([...(await byBucket(fixture, HOURLY)), ...frozen]);
        const actual = await byBucket(fixture, 'select * from hourly');
        expect([...actual].sort()).toEqual([...expected].sort());
      }
      await fixture.refresh();
      const verification = await verifyCube(fixture.dir, await cubeNow(fixture));
      expect(verification?.differing).toEqual([]);
      expect(verification?.frozen).toBe(frozen.size);
    }),
    { numRuns: 5 },
  );
}, 300_000);

async function cubeNow({ dir }: CubeFixture) {
  const { cubeOf } = await import('../../../src/consumers/cubes/cube-store.js');
  const { objectNamed } = await import('../../../src/store/catalog/objects.js');
  return cubeOf(objectNamed(dir, 'cube', 'hourly'));
}
