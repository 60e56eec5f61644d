import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ask, column, createFixture } from '../fixture.js';
import { propertyRuns } from '../../helpers/property-runs.js';

const session = (timezone = 'UTC', timeStyle: 'iso' | 'readable' = 'iso') =>
  createFixture().open({ timezone, timeStyle });

test.each([
  ['number', '9223372036854775807::BIGINT', '9223372036854775807'],
  ['number', '18446744073709551615::UBIGINT', '18446744073709551615'],
  ['number', `'-170141183460469231731687303715884105728'::HUGEINT`, '-170141183460469231731687303715884105728'],
  ['number', '340282366920938463463374607431768211455::UHUGEINT', '340282366920938463463374607431768211455'],
  ['number', '12345678901234567890.123456789012345678::DECIMAL(38,18)', '12345678901234567890.123456789012345678'],
  ['number', '-0.05::DECIMAL(4,2)', '-0.05'],
  ['number', '0.1::DOUBLE', '0.1'],
  ['number', '5e-324::DOUBLE', '5e-324'],
  ['number', `'1e400'::DOUBLE`, 'Infinity'],
  ['number', `'-inf'::DOUBLE`, '-Infinity'],
  ['number', `'nan'::DOUBLE`, 'NaN'],
  ['number', `'-0'::DOUBLE`, '-0.0'],
  ['number', '0.1::FLOAT', '0.1'],
  ['number', '16777216::FLOAT', '16777216'],
  ['number', '(-128)::TINYINT', '-128'],
  [
    'number',
    `'123456789012345678901234567890123456789012345'::BIGNUM`,
    '123456789012345678901234567890123456789012345',
  ],
  ['boolean', 'true', 'true'],
  ['text', `'a\nb'`, 'a\nb'],
  ['text', `''`, ''],
  ['text', `'a' || chr(0) || 'b'`, 'a\0b'],
  ['text', `uuid '123e4567-e89b-12d3-a456-426614174000'`, '123e4567-e89b-12d3-a456-426614174000'],
  ['text', `'x'::ENUM('x', 'y')`, 'x'],
  ['text', `'\\x00\\xFFab'::BLOB`, '\\x00\\xFFab'],
  ['text', `'010110'::BIT`, '010110'],
  ['text', `interval '1 year 2 months 3 days 04:05:06.000007'`, '1 year 2 months 3 days 04:05:06.000007'],
  ['text', `time '23:59:59.999999'`, '23:59:59.999999'],
  ['time', `date '2024-02-29'`, '2024-02-29'],
  ['time', `date 'infinity'`, 'infinity'],
  ['time', `timestamp '2024-07-03 05:16:55.563839'`, '2024-07-03T05:16:55.563839'],
  ['time', `timestamp '2024-07-03 05:16:55.5'`, '2024-07-03T05:16:55.500'],
  ['time', `timestamp '2024-07-03 05:16:55'`, '2024-07-03T05:16:55'],
  ['time', `timestamp '-infinity'`, '-infinity'],
  ['time', `timestamp '1969-12-31 23:59:59.999999'`, '1969-12-31T23:59:59.999999'],
  ['time', `'2024-07-03 05:16:55'::TIMESTAMP_S`, '2024-07-03T05:16:55'],
  ['time', `'2024-07-03 05:16:55.123'::TIMESTAMP_MS`, '2024-07-03T05:16:55.123'],
  ['time', `'2024-07-03 05:16:55.123456789'::TIMESTAMP_NS`, '2024-07-03T05:16:55.123456789'],
  ['time', `timestamptz '2024-07-03 05:16:55.563839+00'`, '2024-07-03T05:16:55.563839Z'],
  ['json', `'{"a" : 1.0}'::JSON`, '{"a" : 1.0}'],
  ['json', '[9007199254740993, null]', '[9007199254740993,null]'],
  ['json', `['a"b', NULL, '']`, '["a\\"b",null,""]'],
  ['json', `['nan'::DOUBLE, 'inf', 0.5]`, '["NaN","Infinity",0.5]'],
  ['json', `{'b': 1, '2': 2, '1': {'x': [true]}}`, '{"b":1,"2":2,"1":{"x":[true]}}'],
  ['json', `map {'k': 12345678901234567890::UBIGINT, 'j': NULL}`, '{"k":12345678901234567890,"j":null}'],
  ['json', 'map {1: 2}', '[{"key":1,"value":2}]'],
  ['json', `union_value(num := 2)`, '{"num":2}'],
  ['json', '[1, 2]::INTEGER[2]', '[1,2]'],
  ['json', `[timestamptz '2024-07-03 00:00:00+00']`, '["2024-07-03T00:00:00Z"]'],
  ['json', `['{"a":1}'::JSON]`, '[{"a":1}]'],
  ['json', `[1.10::DECIMAL(4,2)]`, '[1.10]'],
  ['json', `42::VARIANT`, '42'],
])('prints a %s of %s as %s', async (kind, sql, text) => {
  const open = await session();
  const result = await open.query(`select ${sql} as v, null::VARCHAR`);
  expect(result.columns[0]!.kind).toBe(kind);
  const rows = [];
  for await (const batch of result.batches) rows.push(...batch);
  expect(rows).toEqual([[text, null]]);
});

test('prints the extremes of every DuckDB type as DuckDB prints them', async () => {
  const open = await session();
  const all = await open.query('select * from test_all_types()');
  const rows: (readonly (string | null)[])[] = [];
  for await (const batch of all.batches) rows.push(...batch);
  const texts = await ask(open, 'select columns(*)::VARCHAR from test_all_types()');
  expect(rows).toHaveLength(3);
  all.columns.forEach(({ name, kind, type }, i) => {
    const isFloating = type === 'DOUBLE' || type === 'FLOAT';
    // A GEOMETRY prints as its bytes, which lose nothing.
    const isSame = (kind === 'text' && type !== 'GEOMETRY') || kind === 'boolean' || (kind === 'number' && !isFloating);
    rows.forEach((row, r) => {
      if (isSame) expect(row[i], name).toBe(texts[r]![i]);
      if (isFloating && row[i] !== null) expect(Number(row[i])).toBe(Number(texts[r]![i]));
      // At the end of its range DuckDB's time zone arithmetic is a millisecond off.
      if (kind === 'time' && name !== 'timestamp_tz') expect(bare(row[i]!), name).toBe(bare(texts[r]![i]!));
      if (kind === 'json' && row[i] !== null) expect(() => JSON.parse(row[i]!) as unknown, name).not.toThrow();
    });
  });
});

test.each([
  ['Australia/Sydney', 'iso', '2024-07-03T15:16:55.563839+10:00', '2024-01-01T11:00:00+11:00'],
  ['America/St_Johns', 'iso', '2024-07-03T02:46:55.563839-02:30', '2023-12-31T20:30:00-03:30'],
  ['Australia/Sydney', 'readable', '2024-07-03 15:16:55.563839', '2024-01-01 11:00:00'],
  ['UTC', 'readable', '2024-07-03 05:16:55.563839', '2024-01-01 00:00:00'],
] as const)('prints times in the zone %s as %s, with its offset', async (timezone, style, winter, summer) => {
  const open = await session(timezone, style);
  expect(
    await column(
      open,
      `from (values (timestamptz '2024-07-03 05:16:55.563839Z'), (timestamptz '2024-01-01 00:00:00Z'))`,
    ),
  ).toEqual([winter, summer]);
});

/** 1930: before it some zones had offsets with seconds, which DuckDB does not print. */
const LAST_LOCAL_MEAN_TIME = -1_262_304_000_000_000n;
const MAX = 250_000_000_000_000_000n;

test('prints any microsecond in any zone as the instant that DuckDB prints', async () => {
  for (const timezone of ['UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'America/New_York']) {
    const open = await session(timezone);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.bigInt({ min: timezone === 'UTC' ? -62_000_000_000_000_000n : LAST_LOCAL_MEAN_TIME, max: MAX }), {
          minLength: 1,
        }),
        async micros => {
          const list = micros.map(value => `(make_timestamptz(${value}))`).join(', ');
          const rows = await ask(open, `select t, t::VARCHAR from (values ${list}) v(t)`);
          for (const [ours, theirs] of rows) {
            const [, stamp, fraction = '', zone] = /^(.*?)(\.\d+)?(Z|[+-][\d:]+)$/.exec(ours!)!;
            const short = `${stamp!.replace('T', ' ')}${fraction.replace(/0+$/, '')}`;
            expect(`${short}${zone === 'Z' ? '+00' : zone!.replace(/:00$/, '')}`).toBe(theirs);
          }
        },
      ),
      { numRuns: propertyRuns(4) },
    );
  }
});

/** A time without what ours and DuckDB's text differ by: the T, the zone, zeros that end a fraction. */
function bare(time: string | null): string | undefined {
  return time
    ?.replace('T', ' ')
    .replace(/(Z|\+00)$/, '')
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');
}
