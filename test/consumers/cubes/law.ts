import fc from 'fast-check';
import { expect } from 'vitest';
import { verifyCube } from '../../../src/consumers/cubes/verify.js';
import { ARCHIVE_KINDS } from '../../../src/core/archive-kind.js';
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
  | { readonly kind: 'refresh' | 'rebuild' | 'together' | 'compact' }
  | { readonly kind: 'seal'; readonly archive: string }
  | { readonly kind: 'prune'; readonly hour: number; readonly service: string };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('send' as const),
      events: fc.array(sent, { minLength: 1, maxLength: 8 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constantFrom('refresh' as const, 'rebuild' as const, 'together' as const) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('seal' as const),
      archive: fc.constantFrom(...ARCHIVE_KINDS.filter(kind => kind !== 'none')),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('compact' as const) }) },
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

/** The rows that a cube should have, by the events that were sent and removed. */
class Model {
  readonly #cubes: CubeFixture;
  /** Rows of buckets that are not computed again. */
  readonly frozen = new Map<string, readonly string[]>();
  /** Buckets that lost events since the last refresh, which had not counted these. */
  readonly #incomplete = new Set<string>();
  #counted = new Map<string, readonly string[]>();
  #countedId = 0;

  constructor(cubes: CubeFixture) {
    this.#cubes = cubes;
  }

  /** Takes in a removal that comes next. */
  async remove(hour: number, where: string): Promise<void> {
    const bucket = timeOf(hour);
    if (this.frozen.has(bucket)) return;
    const [row = []] = await this.#cubes.ask(
      `select count(*) filter (id <= ${this.#countedId}), count(*) filter (id > ${this.#countedId}) from events where ${where}`,
    );
    const [counted, uncounted] = row.map(Number) as [number, number];
    if (counted > 0) {
      this.frozen.set(bucket, this.#counted.get(bucket) ?? []);
      this.#incomplete.delete(bucket);
    } else if (uncounted > 0) this.#incomplete.add(bucket);
  }

  /** Takes in a refresh that is over. */
  async refreshed(): Promise<void> {
    this.#counted = await byBucket(this.#cubes, HOURLY);
    this.#countedId = Number((await this.#cubes.ask('select coalesce(max(id), 0) from events'))[0]![0]);
    for (const bucket of this.#incomplete) this.frozen.set(bucket, this.#counted.get(bucket) ?? []);
    this.#incomplete.clear();
  }

  async rows(): Promise<Map<string, readonly string[]>> {
    const rows = new Map<string, readonly string[]>([...(await byBucket(this.#cubes, HOURLY)), ...this.frozen]);
    return new Map([...rows].filter(([, list]) => list.length > 0).sort());
  }
}

async function take(one: Step, cubes: CubeFixture, model: Model): Promise<void> {
  switch (one.kind) {
    case 'send':
      cubes.send(...one.events.map(eventOf));
      return;
    case 'prune': {
      const where = `service = '${one.service}' and hour(time) = ${one.hour} and type = 'trace'`;
      await model.remove(one.hour, where);
      await cubes.prune(where);
      return;
    }
    case 'seal':
      return cubes.seal(one.archive);
    case 'compact':
      return cubes.compact();
    case 'together': {
      const expected = await model.rows();
      const [, , read] = await Promise.all([cubes.refresh(), cubes.refresh(), byBucket(cubes, 'select * from hourly')]);
      expect(new Map([...read].sort())).toEqual(expected);
      return model.refreshed();
    }
    default:
      await cubes.refresh('hourly', one.kind === 'rebuild');
      return model.refreshed();
  }
}

/**
 * The law of cubes: after any steps, a cube has the rows of its query, of frozen buckets those from before the removal,
 * and of incomplete ones those of the first refresh after it.
 */
export async function checkCubeLaw(options: { numRuns: number; maxSteps: number; endAfterMs?: number }): Promise<void> {
  const { numRuns, maxSteps, endAfterMs } = options;
  const steps = fc.array(step, { minLength: 3, maxLength: maxSteps });
  const law = fc.asyncProperty(steps, async list => {
    const cubes = cubeFixture();
    cubes.send({ type: 'trace', service: 'a', v: 1, time: timeOf(23) });
    await cubes.create();
    const model = new Model(cubes);
    try {
      for (const one of list) {
        await take(one, cubes, model);
        const actual = await byBucket(cubes, 'select * from hourly');
        expect(new Map([...actual].sort())).toEqual(await model.rows());
      }
      await cubes.refresh();
      await model.refreshed();
      const verification = await verifyCube(cubes.dir, cubes.cube());
      expect(verification?.differing).toEqual([]);
      expect(verification?.frozen).toBe(model.frozen.size);
    } finally {
      cubes.remove();
    }
  });
  const limit = endAfterMs === undefined ? {} : { interruptAfterTimeLimit: endAfterMs, markInterruptAsFailure: false };
  await fc.assert(law, { numRuns, ...limit });
}
