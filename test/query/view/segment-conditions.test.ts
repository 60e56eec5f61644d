import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Row } from '../../../src/core/result.js';
import { rowsOf } from '../../../src/query/result/rows.js';
import type { Session } from '../../../src/query/session.js';
import { seal } from '../../helpers/archive.js';
import { createFixture, type Fixture } from '../fixture.js';
import { propertyRuns } from '../../helpers/property-runs.js';

/** Rows whose columns differ by type, by segment and by event; texts, numbers and objects at one key. */
const EVENTS = [
  [
    { type: 'log', message: 'a', user: 'x' },
    { type: 'trace', trace: { traceId: 't1' }, traceId: 't1' },
  ],
  [{ type: 'metric', value: 1 }, { type: 'log', message: 'b', User: 'y' }, 'a text'],
  [
    { type: 'trace', traceId: 't2', user: { id: 'x' } },
    { type: 'order', user: 7, traceId: 7 },
  ],
];

const CONDITIONS = [
  `"user" = 'x'`,
  `'x' = "user"`,
  `"user" in ('y', '7')`,
  `"user.id" = 'x'`,
  `"trace.traceId" = 't1'`,
  `trace_id = 't2'`,
  `trace_id = '7'`,
  `message = 'a text'`,
  `message = 'b'`,
  `type = 'log'`,
  `type in ('trace', 'metric')`,
  `type = 'gone'`,
  `"value" = 1`,
  `"user" is null`,
  `"user" = null`,
  `"user" = "message"`,
];

async function sealedFixture(): Promise<Fixture> {
  const fixture = createFixture();
  for (const events of EVENTS) {
    fixture.add(...events.map(event => (typeof event === 'string' ? JSON.stringify(event) : event)));
    await seal(fixture.dir);
  }
  return fixture;
}

async function read(session: Session, sql: string): Promise<readonly Row[]> {
  return rowsOf(await session.query(sql));
}

describe('the segments that a condition leaves out', () => {
  it('hold no row of the answer, whatever the condition', async () => {
    const fixture = await sealedFixture();
    const session = await fixture.open();
    const whole = await fixture.open();
    const condition = fc.array(fc.constantFrom(...CONDITIONS), { minLength: 1, maxLength: 3 });
    const word = fc.constantFrom(' and ', ' or ');
    const table = fc.constantFrom('events', 'logs', 'spans', 'metrics');
    await fc.assert(
      fc.asyncProperty(condition, word, table, async (conditions, word, table) => {
        const where = conditions.join(word);
        const found = await read(session, `select id from ${table} where ${where} order by id`);
        // A subquery is read from all segments.
        const all = await read(whole, `select id from (select * from ${table}) where ${where} order by id`);
        expect(found).toEqual(all);
      }),
      { numRuns: propertyRuns(20) },
    );
  });

  it('are not read, and count as skipped', async () => {
    const fixture = await sealedFixture();
    const session = await fixture.open();
    const count = async (sql: string): Promise<number> => {
      await read(session, sql);
      return session.plan.segments.length;
    };
    const all = await count('select * from events');
    expect(all).toBe(3);
    expect(await count(`select * from events where "trace.traceId" = 't1'`)).toBe(1);
    expect(session.plan.skipped.length).toBe(all - 1);
    expect(await count('select * from metrics')).toBe(1);
    expect(await count(`select * from events where message = 'a' or message = 'b'`)).toBe(all);
    expect(await count(`select * from events e("a", "b") where "a" = 1`)).toBe(all);
    expect(await count(`with events as (select 1 as "value") select * from events where "value" = 1`)).toBe(all);
  });

  it('are read for a condition on an alias that is the name of a key of objects', async () => {
    const fixture = await sealedFixture();
    const session = await fixture.open();
    const list = `id, coalesce(message, 'none') as "trace"`;
    const found = await read(session, `select ${list} from events where "trace" = 'none' order by id`);
    expect(found.length).toBe(4);
    expect(found).toEqual(await read(session, `select ${list} from (from events) where "trace" = 'none' order by id`));
  });

  it('come back with the next statement, and with new events', async () => {
    const fixture = await sealedFixture();
    const session = await fixture.open();
    const found = (): Promise<readonly Row[]> => read(session, `select id from events where "value" = 1 order by id`);
    expect((await found()).length).toBe(1);
    fixture.add({ type: 'metric', value: 1 });
    expect((await found()).length).toBe(2);
    await seal(fixture.dir);
    expect((await found()).length).toBe(2);
    expect((await read(session, 'select id from events')).length).toBe(8);
  });
});
