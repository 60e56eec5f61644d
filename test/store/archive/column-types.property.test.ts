import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compact, planCompactions } from '../../../src/store/archive/maintain/compact.js';
import { convertArchive } from '../../../src/store/archive/maintain/convert.js';
import { verifyStore } from '../../../src/store/archive/maintain/verify.js';
import { DEFAULT_TUNING } from '../../../src/core/limits.js';
import type { Row } from '../../../src/core/result.js';
import { onArchive, seal } from '../../helpers/archive.js';
import { propertyRuns } from '../../helpers/property-runs.js';
import { ask, createFixture, type Fixture } from '../../query/fixture.js';

const integers = (min: bigint, max: bigint): fc.Arbitrary<string> =>
  fc.oneof(fc.constantFrom(...[min, min + 1n, max - 1n, max].map(String)), fc.bigInt({ min, max }).map(String));

const INT64 = fc.oneof(
  fc.constantFrom('0', '-0', '1', '-1', '9007199254740993', '-9007199254740993', '1700000000123456789'),
  integers(-(2n ** 63n), 2n ** 63n - 1n),
);
const POSITIVE = fc.oneof(fc.constantFrom('0', '9007199254740993'), integers(0n, 2n ** 63n - 1n));
const UINT64 = integers(2n ** 63n, 2n ** 64n - 1n);
const LONG = fc.oneof(integers(2n ** 64n, 10n ** 38n - 1n), integers(-(10n ** 38n) + 1n, -(2n ** 63n) - 1n));
const HUGE = fc.oneof(integers(10n ** 38n, 2n ** 127n - 1n), integers(-(10n ** 60n), -(10n ** 38n)));
const DOUBLE = fc.oneof(
  fc.constantFrom('0.0', '-0.0', '-0.00', '-0e5', '5e-324', '-5e-324', '1e-400', '-1e-400', '1e400', '-1e400'),
  fc.constantFrom(
    '1.7976931348623157e308',
    '-1.7976931348623157E+308',
    '0.1',
    '12.50',
    '1E5',
    '1e-07',
    '4503599627370497.5',
  ),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(value => JSON.stringify(value)),
);
const TEXT = fc.oneof(
  fc.constantFrom('""', '" "', '"a"', '"a "', '"A"', '"\\ufeffa"', '"\\ufeff"', '"\\u0000"', '"null"', '"1"', '"-0.0"'),
  fc.constantFrom(
    '"{}"',
    '"é"',
    '"e\\u0301"',
    '"\\ud83d\\ude00"',
    '"\\u001f\\u007f\\u2028"',
    '"2026-11-24T01:02:03.000Z"',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }).map(text => JSON.stringify(text)),
);
const BOOLEAN = fc.constantFrom('true', 'false');
const ARRAY = fc.oneof(
  fc.constantFrom('[]', '[ ]', '[1, 2.50]', '[-0.0,1e-07]', '["\\ufeffa"]', '[18446744073709551615]', '[[],{"b":1}]'),
  fc.array(fc.jsonValue({ maxDepth: 1 }), { maxLength: 3 }).map(value => JSON.stringify(value)),
);
const OBJECT = fc.constantFrom(
  '{}',
  '{"y":1}',
  '{"y": 1.50}',
  '{"y":"\\ufeff"}',
  '{"y":{"z":[1]}}',
  '{"w":18446744073709551615}',
);

/** The type of the column in the view by the values that a key has. */
const COLUMNS: readonly (readonly [type: string, values: readonly fc.Arbitrary<string>[]])[] = [
  ['BIGINT', [INT64]],
  ['HUGEINT', [UINT64]],
  ['HUGEINT', [POSITIVE, UINT64]],
  ['HUGEINT', [INT64, UINT64]],
  ['HUGEINT', [INT64, LONG]],
  ['VARCHAR', [INT64, HUGE]],
  ['DOUBLE', [DOUBLE]],
  ['DOUBLE', [INT64, DOUBLE]],
  ['DOUBLE', [UINT64, LONG, DOUBLE]],
  ['DOUBLE', [INT64, HUGE, DOUBLE]],
  ['BOOLEAN', [BOOLEAN]],
  ['VARCHAR', [TEXT]],
  ['VARCHAR', [TEXT, INT64, DOUBLE]],
  ['VARCHAR', [TEXT, UINT64, BOOLEAN]],
  ['VARCHAR', [TEXT, OBJECT]],
  ['VARCHAR', [INT64, OBJECT]],
  ['VARCHAR', [BOOLEAN, ARRAY]],
  ['JSON', [ARRAY]],
  ['JSON', [ARRAY, OBJECT]],
];

const types = COLUMNS.map(([type]) => type);
const name = (column: number): string => `c${column}`;

/** Everything that tells two stores apart: payloads and, of each column, the types, the values, and which are equal. */
async function contents(fixture: Fixture): Promise<Record<string, Row[]>> {
  const session = await fixture.open();
  const found: Record<string, Row[]> = {
    payload: await ask(session, 'select id, payload::varchar from events order by id'),
  };
  const columns = [...types.keys()].map(name);
  const all = await ask(
    session,
    `select id, ${columns.map(x => `typeof(${x}), ${x}`).join(', ')} from events order by id`,
  );
  for (const [i, x] of columns.entries()) {
    found[`${x} ${types[i]}`] = all.map(row => [row[0]!, row[1 + 2 * i]!, row[2 + 2 * i]!]);
  }
  const equal = columns.map(x => `select '${x}' as x, a.id as a, b.id as b from e a join e b on a.${x} = b.${x}`);
  found.equal = await ask(
    session,
    `with e as materialized (select id, ${columns.join(', ')} from events) ${equal.join(' union all ')} order by all`,
  );
  session.close();
  return found;
}

async function compactAll(dir: string): Promise<void> {
  await onArchive(dir, async context => {
    for (let next; (next = planCompactions(context.catalog.segments(), () => true)[0]);) await compact(next, context);
  });
}

/** An event with a value in each column, or none. */
const event = fc
  .tuple(...COLUMNS.map(([, values]) => fc.oneof(...values, fc.constant('null'), fc.constant(undefined))))
  .map(values => `{${values.flatMap((value, i) => (value === undefined ? [] : [`"${name(i)}":${value}`])).join(',')}}`);

/** Events that have, between them, each kind of value in each column: so it has its type from the start. */
const first = fc
  .tuple(...COLUMNS.map(([, values]) => fc.tuple(...values)))
  .map(all =>
    [0, 1, 2].map(i => `{${all.map((values, column) => `"${name(column)}":${values[i] ?? values[0]}`).join(',')}}`),
  );

test('every type of column keeps its values through seal, compact and convert', async () => {
  const batch = fc.array(event, { minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(first, fc.array(batch, { minLength: 2, maxLength: 3 }), async (start, batches) => {
      const fixture = createFixture(...start);
      for (const events of batches) fixture.add(...events);
      const expected = await contents(fixture);
      types.forEach((type, column) => expect(expected[`${name(column)} ${type}`]![0]![1]).toBe(type));

      let upToId = start.length;
      for (const events of batches) await seal(fixture.dir, (upToId += events.length));
      expect(await contents(fixture)).toEqual(expected);
      await compactAll(fixture.dir);
      expect(await contents(fixture)).toEqual(expected);

      const options = { dir: fixture.dir, ...DEFAULT_TUNING, now: () => Date.now() * 1000 };
      const { signal } = new AbortController();
      for (const kind of ['csv', 'ndjson', 'duckdb', 'parquet'] as const) {
        await convertArchive(options, kind, signal, () => undefined);
        expect(await contents(fixture)).toEqual(expected);
      }
      expect((await verifyStore({ ...options, isDeep: true, repairs: false }, signal)).findings).toEqual([]);
    }),
    { numRuns: propertyRuns(1), endOnFailure: false },
  );
}, 300_000);
