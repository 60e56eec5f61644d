import type { DuckDBConnection } from '@duckdb/node-api';
import { attributeType, type Attribute } from '../../../core/attribute.js';
import type { Segment } from '../../catalog/segments.js';
import { attributeOfTexts, viewAttributes } from '../../sql/attribute.js';
import { coreColumns, SEALED_COLUMNS, selectWithCore } from '../../sql/core-columns.js';
import { pointer, quoteName } from '../../sql/text.js';
import { IN_PAYLOAD } from '../formats/parquet/columns.js';

/** The core columns that are computed from the payload. */
const COMPUTED = SEALED_COLUMNS;

/** A condition on an event that is not as it should be. */
export interface Test {
  /** The problem in words, which follow a count of events. */
  readonly words: string;
  readonly sql: string;
}

/** The values that the columns of events are compared with. */
export interface Compared {
  /** All that are registered: the core columns are found with them. */
  readonly attributes: readonly Attribute[];
  /** Those that are columns of the events. */
  readonly columns: readonly Attribute[];
  /** Says when its events were received. */
  readonly segment: Pick<Segment, 'receivedFrom' | 'receivedTo'>;
}

/** The attributes that are columns of the view and have values in a column of the segment's file. */
export function storedAttributes(
  attributes: readonly Attribute[],
  { columns }: Pick<Segment, 'columns'>,
): readonly Attribute[] {
  const stored = new Set(Object.values(columns).flatMap(({ type, paths }) => (type === IN_PAYLOAD ? [] : paths)));
  return viewAttributes(attributes).filter(({ paths }) => paths.some(path => stored.has(JSON.stringify(path))));
}

/**
 * Compares the columns of events with what their payloads say.
 * @param events a query in the columns of the `events` view.
 * @returns what is wrong, each with the number of events that it is wrong with.
 */
export async function differences(
  connection: DuckDBConnection,
  events: string,
  { attributes, columns, segment }: Compared,
): Promise<ReadonlyMap<string, number>> {
  const { texts, tests, stored } = attributeTests(columns);
  const all: Test[] = [
    ...COMPUTED.map(name => test(name, `"${name}" is distinct from "stored ${name}"`)),
    ...tests,
    {
      words: 'events received at another time than the catalog says',
      sql: `epoch_us(received_at) not between ${segment.receivedFrom} and ${segment.receivedTo}`,
    },
  ].map(({ words, sql }) => ({ words, sql: `"is valid" and ${sql}` }));
  all.push({ words: 'events whose payload is not valid JSON', sql: 'not "is valid"' });
  const core = COMPUTED.map(name => `"${name}" as "stored ${name}"`);
  const kept = [
    ...['received_at', 'payload', '"is valid"', '"texts"'],
    ...COMPUTED.map(name => `"stored ${name}"`),
    ...columns.map((_, i) => `"stored ${i}"`),
  ];
  // One query: for a kind of text each reads the whole file.
  const valid = `(select *, ${texts} as "texts" from (
    select * replace (if("is valid", payload, 'null') as payload) from (
      select *, coalesce(json_valid(payload), false) as "is valid" from (
        select received_at, payload::varchar as payload, ${[...core, ...stored].join(', ')} from (${events})))))`;
  return counted(connection, all, `(${selectWithCore(coreColumns(attributes), kept.join(', '), valid)})`);
}

/**
 * Tests that compare attributes of the `events` view with the payload: over a query that has {@link AttributeTests.stored},
 * and {@link AttributeTests.texts} as `texts`.
 */
export function attributeTests(columns: readonly Attribute[]): AttributeTests {
  const paths = columns.flatMap(column => column.paths);
  let next = 0;
  return {
    texts: paths.length === 0 ? 'null' : `json_extract_string(payload, [${paths.map(pointer).join(', ')}])`,
    stored: columns.map(({ name }, i) => `${quoteName(name)} as "stored ${i}"`),
    tests: columns.map((column, i) => {
      const computed = attributeOfTexts(column, () => `"texts"[${++next}]`);
      return test(`column ${column.name}`, differs(`"stored ${i}"`, computed, column));
    }),
  };
}

/** See {@link attributeTests}. */
interface AttributeTests {
  readonly texts: string;
  readonly stored: readonly string[];
  readonly tests: readonly Test[];
}

/** Counts the rows that meet each test, in words; those that none meets are left out. */
export async function counted(
  connection: DuckDBConnection,
  tests: readonly Test[],
  rows: string,
): Promise<ReadonlyMap<string, number>> {
  const counts = tests.map(({ sql }) => `count(*) filter (${sql})`).join(', ');
  const reader = await connection.runAndReadAll(`select ${counts} from ${rows}`);
  const found = reader.getRows()[0]!.map(Number);
  return new Map(tests.flatMap(({ words }, i) => (found[i]! > 0 ? [[words, found[i]!]] : [])));
}

function test(what: string, sql: string): Test {
  return { words: `events whose ${what} is not what their payload says`, sql };
}

/** Two doubles are the same only with the same sign of zero. */
function differs(stored: string, computed: string, { kinds }: Attribute): string {
  const type = attributeType(kinds);
  if (type === 'JSON') return `${stored}::varchar is distinct from ${computed}`;
  const differ = `${stored} is distinct from ${computed}`;
  if (type !== 'DOUBLE') return differ;
  return `(${differ} or (${stored} = 0 and signbit(${stored}) <> signbit(${computed})))`;
}
