import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { planCompactions, compact } from '../../../src/store/archive/maintain/compact.js';
import type { Row } from '../../../src/core/result.js';
import { toWellFormedEscapes } from '../../../src/store/journal/surrogates.js';
import { onArchive, seal } from '../../helpers/archive.js';
import { openSession } from '../../../src/query/session.js';
import { openTestJournal } from '../../helpers/journal.js';
import { propertyRuns } from '../../helpers/property-runs.js';
import { temporaryStore } from '../../helpers/store.js';
import { ask, createFixture, type Fixture } from '../../query/fixture.js';

/** Keys that are names elsewhere, or that some part of the way could take for more than a key. */
const key = fc.oneof(
  fc.constantFrom(
    ...['time', 'type', 'name', 'id', 'payload', 'encoding', 'shape', 'payload_sent', 'form', 'sent', 'day'],
    ...['insert_datetime', 'received_at', 'stream_id', 'event_id', 'ts', 'level', 'msg', 'span_id', 'trace', 'body'],
    ...[
      'a',
      'A',
      'b',
      'a.b',
      'a.B',
      '',
      '.',
      'a"b',
      "a'b",
      'a/b',
      'a~b',
      '~1',
      'a^b',
      'payload/a',
      'payload^a',
      'Ä',
      'ä',
      'K',
    ],
    ...[
      '\0',
      'a\0b',
      '\ud83d',
      '\n',
      'k\\',
      '😀',
      '__proto__',
      'constructor',
      '0',
      '$.a',
      '*',
      'rows',
      'type candidates',
    ],
  ),
  fc.string({ maxLength: 6, unit: 'binary' }),
);

const scalar = fc.oneof(
  fc.constantFrom(
    ...[
      'null',
      'true',
      'false',
      '0',
      '-0',
      '1',
      '1.0',
      '1.10',
      '-0.0',
      '1e2',
      '1E+2',
      '1e400',
      '-1e400',
      '1e-400',
      '0.1',
    ],
    ...[
      '9007199254740993',
      '9223372036854775807',
      '9223372036854775808',
      '-9223372036854775808',
      '18446744073709551616',
    ],
    ...[
      '12345678901234567890',
      '1700000000123456789',
      '1700000000',
      '123456789012345678901234567890',
      '0.30000000000000004',
    ],
    ...[
      '""',
      '"a"',
      '"1"',
      '"1.0"',
      '"true"',
      '"null"',
      '"\\u0041"',
      '"\\/"',
      '"/"',
      '"\\ud83d"',
      '"\\ude00\\ud83d"',
      '"\\u0000"',
    ],
    ...[
      '"\\ud83d\\ude00"',
      '"😀"',
      '"\\n"',
      '"a\\"b"',
      '"\\u00e9"',
      '"é"',
      '"2026-11-24T01:02:03.000Z"',
      '"2026-11-24T01:02:03Z"',
    ],
    ...[
      '"2026-11-24T01:02:03.123456Z"',
      '"2026-11-24 01:02:03"',
      '"2026-11-24T01:02:03.123456+00:00"',
      '"9999-12-31T23:59:59.000Z"',
    ],
  ),
  fc.string({ maxLength: 8, unit: 'binary' }).map(text => JSON.stringify(text)),
  fc.double().map(value => JSON.stringify(value)),
  fc.maxSafeInteger().map(String),
);

const space = fc.oneof({ weight: 6, arbitrary: fc.constant('') }, fc.constantFrom(' ', '\n', '\t ', '  \r\n'));

/** A JSON text: an object's keys may stand twice, in any order, with white space of any kind. */
const { value } = fc.letrec<{ value: string; object: string; array: string }>(tie => ({
  value: fc.oneof({ depthSize: 'small', withCrossShrink: true }, scalar, tie('object'), tie('array')),
  object: fc
    .tuple(fc.array(fc.tuple(key, tie('value'), space), { maxLength: 5 }), space)
    .map(
      ([members, end]) => `{${members.map(([k, v, s]) => `${s}${JSON.stringify(k)}${s}:${s}${v}`).join(',')}${end}}`,
    ),
  array: fc.tuple(fc.array(tie('value'), { maxLength: 3 }), space).map(([items, s]) => `[${s}${items.join(`,${s}`)}]`),
}));

const object = fc
  .tuple(fc.array(fc.tuple(key, value, space), { maxLength: 6 }), space)
  .map(([members, end]) => `{${members.map(([k, v, s]) => `${s}${JSON.stringify(k)}:${s}${v}`).join(`,`)}${end}}`);

/** Whether JSON holds an escape of half a surrogate pair, as the decoder tells. */
const isIllFormed = (json: string): boolean => toWellFormedEscapes(json) !== json;

const event = fc.oneof(
  { weight: 5, arbitrary: object },
  { weight: 1, arbitrary: value },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '"a text message"',
      `${'[ '.repeat(900)}${']'.repeat(900)}`,
      `${'{"a":'.repeat(900)}1${'}'.repeat(900)}`,
    ),
  },
);

function add(fixture: Fixture, texts: readonly string[]): void {
  fixture.add(...texts.map(sent => (isIllFormed(sent) ? { sent, encoding: 'surrogate' } : { sent })));
  fixture.add({ sent: '"AAEC"', encoding: 'base64' });
}

async function all(fixture: Fixture): Promise<{ columns: readonly string[]; rows: Row[] }> {
  const session = await fixture.open();
  const result = await session.query('select * from events order by id');
  const rows: Row[] = [];
  for await (const batch of result.batches) rows.push(...batch);
  session.close();
  return { columns: result.columns.map(({ name, type }) => `${name} ${type}`), rows };
}

/** Seals and merges events, and compares them with those in the journal at each step. */
async function expectSame(batches: readonly (readonly string[])[]): Promise<Fixture> {
  const journal = createFixture();
  const archive = createFixture();
  for (const batch of batches) {
    add(journal, batch);
    add(archive, batch);
    await seal(archive.dir);
  }

  const expected = await all(journal);
  const sealed = await all(archive);
  expect(sealed.columns).toEqual(expected.columns);
  expect(sealed.rows).toEqual(expected.rows);
  const texts = batches.flatMap(batch => [...batch, '"AAEC"']);
  const at = expected.columns.findIndex(name => name.startsWith('payload '));
  expect(sealed.rows.map(row => row[at])).toEqual(
    texts.map(text => (isIllFormed(text) ? toWellFormedEscapes(text) : text)),
  );

  await onArchive(archive.dir, async context => {
    for (let next; (next = planCompactions(context.catalog.segments(), () => true)[0]);) await compact(next, context);
  });
  expect((await all(archive)).rows).toEqual(expected.rows);
  return archive;
}

test('gives odd events the same payloads and columns in journal, sealed and merged', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(event, { minLength: 1, maxLength: 8 }), { minLength: 2, maxLength: 3 }),
      async batches => {
        await expectSame(batches);
      },
    ),
    { numRuns: propertyRuns(2), endOnFailure: false },
  );
}, 600_000);

/** A way to write JSON. */
interface Encoder {
  readonly comma: string;
  readonly colon: string;
  readonly indent: string;
  /** Characters that are escaped as `\\uXXXX`. */
  readonly escaped: readonly string[];
  readonly isAscii: boolean;
  readonly isUpper: boolean;
  readonly number: (value: number) => string;
}

const NUMBERS: readonly ((value: number) => string)[] = [
  String,
  value => JSON.stringify(value).replace(/e-(\d)$/, 'e-0$1'),
  value =>
    JSON.stringify(value)
      .replace('e', 'E')
      .replace(/^(-?\d)E/, '$1.0E'),
  value => value.toFixed(2),
  value => value.toExponential(5),
  value => value.toExponential(0).toUpperCase().replace('+', ''),
];

const encoder: fc.Arbitrary<Encoder> = fc.record({
  comma: fc.constantFrom(',', ', ', ' ,'),
  colon: fc.constantFrom(':', ': ', ' : '),
  indent: fc.constantFrom('', '', '  ', '\t'),
  escaped: fc.subarray(['&', '<', '>', "'", '=', '+', '/', '"', '\x7f', '\u2028']),
  isAscii: fc.boolean(),
  isUpper: fc.boolean(),
  number: fc.constantFrom(...NUMBERS),
});

function encodedText(text: string, { escaped, isAscii, isUpper }: Encoder): string {
  const unit = (char: string): string => {
    const hex = char.charCodeAt(0).toString(16).padStart(4, '0');
    return `\\u${isUpper ? hex.toUpperCase() : hex}`;
  };
  const chars = Array.from(text, char => {
    if (escaped.includes(char)) return unit(char);
    if (isAscii && char > '\x7f') return char.split('').map(unit).join('');
    return JSON.stringify(char)
      .slice(1, -1)
      .replace(/\\u[\da-f]{4}/, () => unit(char));
  });
  return `"${chars.join('')}"`;
}

function encoded(of: unknown, by: Encoder, depth = 0): string {
  if (typeof of === 'string') return encodedText(of, by);
  if (typeof of === 'number') return Number.isInteger(of) ? String(of) : by.number(of);
  if (typeof of !== 'object' || of === null) return String(of);
  const items = Array.isArray(of)
    ? of.map(item => encoded(item, by, depth + 1))
    : Object.entries(of).map(([k, v]) => `${encodedText(k, by)}${by.colon}${encoded(v, by, depth + 1)}`);
  const [open, close] = Array.isArray(of) ? '[]' : '{}';
  if (by.indent === '') return `${open}${items.join(by.comma)}${close}`;
  const line = `\n${by.indent.repeat(depth)}`;
  return `${open}${line}${by.indent}${items.join(`,${line}${by.indent}`)}${line}${close}`;
}

const text = fc.oneof(
  fc.string({ maxLength: 8, unit: fc.constantFrom(...Array.from('ab &<>\'=+/"\\é😀\u2028\x7f\x1b\n東')) }),
  fc.constantFrom('\\u001B', '\\/', '","', 'a, b', ': ', 'é'.repeat(600)),
);

const double = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0.5, 12.5, 1e-7, 1.5e21, 12345678.5, 5e-4),
);

/** Events of one shape: their numbers have fractions, so that the style tells integers apart no further. */
const record = fc.record({
  type: fc.constantFrom('log', 'event'),
  a: text,
  n: fc.integer(),
  d: double.map(value => (Number.isInteger(value) ? value + 0.5 : value)).filter(value => !Number.isInteger(value)),
  tags: fc.array(text, { maxLength: 3 }),
  sizes: fc.array(double, { maxLength: 3 }),
  deep: fc.record({ b: text, marks: fc.array(fc.record({ k: text, v: double }), { maxLength: 2 }) }),
});

test('events of several encoders are the same in the journal, sealed and merged', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(encoder, { minLength: 1, maxLength: 3 }),
      fc.array(fc.array(record, { minLength: 10, maxLength: 40 }), { minLength: 2, maxLength: 2 }),
      async (encoders, batches) => {
        await expectSame(batches.map(events => events.map((one, i) => encoded(one, encoders[i % encoders.length]!))));
      },
    ),
    { numRuns: propertyRuns(2), endOnFailure: false },
  );
}, 600_000);

test('of an event with one odd value, only that value is kept as it was sent', async () => {
  const events = Array.from(
    { length: 1000 },
    (_, i) => `{"type": "log", "a": "é${i}", "d": ${i}.25, "tags": ["x", "y"]}`,
  );
  events[500] = '{"type": "log", "a": "\\u00e9", "d": 1.250, "tags": ["x","y"]}';
  const archive = await expectSame([events]);

  const [segment] = await onArchive(archive.dir, context => Promise.resolve(context.catalog.segments()));
  const rows = await onArchive(archive.dir, async ({ engine }) => {
    const connection = await engine.connection();
    const reader = await connection.runAndReadAll(
      `select "payload^patch", payload_sent from read_parquet('${join(archive.dir, segment!.file)}')
       where "payload^patch" is not null or payload_sent is not null`,
    );
    return reader.getRows();
  });
  expect(rows.filter(([, sent]) => sent !== '"AAEC"')).toEqual([['\u0001"\\u00e9"\u00011.250\u0001["x","y"]', null]]);
});

test('keeps file, columns and catalog small and right when keys are data', async () => {
  const dir = temporaryStore();
  const journal = openTestJournal(dir);
  const events = Array.from({ length: 5000 }, (_, i) => ({
    type: 'log',
    n: i,
    [`user ${2 * i}`]: i,
    [`user ${2 * i + 1}`]: 'x',
  }));
  journal.append(events);
  journal.close();
  await seal(dir);

  const session = await openSession({ dir });
  onTestFinished(() => session.close());
  const rows = await ask(session, 'select payload, n, "user 4" from events order by id');
  expect(rows.map(([payload]) => payload)).toEqual(events.map(event => JSON.stringify(event)));
  expect(rows.map(([, n]) => Number(n))).toEqual(events.map(({ n }) => n));
  expect(rows.filter(([, , user]) => user !== null)).toHaveLength(1);
  const [segment] = await onArchive(dir, context => Promise.resolve(context.catalog.segments()));
  expect(Object.values(segment!.columns).filter(({ type }) => type !== 'PAYLOAD').length).toBeLessThan(20);
  expect(JSON.stringify(segment!.columns).length).toBeLessThan(100_000);
  expect(segment!.bytes).toBeLessThan(events.reduce((sum, e) => sum + JSON.stringify(e).length, 0) / 4);
});
