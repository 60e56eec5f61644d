import type { DuckDBConnection } from '@duckdb/node-api';
import { attributeType, type Attribute } from '../../../../core/attribute.js';
import type { SegmentColumn } from '../../../catalog/segments.js';
import { pointer } from '../../../sql/text.js';
import type { Group } from '../../segment-groups.js';

/** The largest integer up to which DOUBLE holds every integer: IEEE 754 binary64, 53 bits. */
const MAX_EXACT = 2 ** 53;

/**
 * Stores integer columns as DOUBLE when the same attribute has had fractions in other events. Its files then keep one
 * type: other tools can read them together, and a query scans them at once. A column with an integer past 2^53 keeps
 * its type, since a DOUBLE would not give it back.
 */
export async function withSharedTypes(
  connection: DuckDBConnection,
  { rows }: Group,
  columns: Readonly<Record<string, SegmentColumn>>,
  attributes: readonly Attribute[],
): Promise<Record<string, SegmentColumn>> {
  const doubles = new Set(attributes.flatMap(({ name, kinds }) => (attributeType(kinds) === 'DOUBLE' ? [name] : [])));
  const shared = Object.entries(columns).filter(([name, { type }]) => type === 'BIGINT' && doubles.has(name));
  if (shared.length === 0) return columns;
  const reader = await connection.runAndReadAll(
    `select ${shared.map(([, column]) => isInexact(column)).join(', ')} from ${rows}`,
  );
  const [inexact] = reader.getRows();
  const exact = shared.filter((_, i) => inexact![i] !== true);
  return { ...columns, ...Object.fromEntries(exact.map(([name, column]) => [name, { ...column, type: 'DOUBLE' }])) };
}

/** SQL that is true when a DOUBLE would not give back some value of the column. */
function isInexact({ paths }: SegmentColumn): string {
  const tests = paths.map(path => {
    const text = `json_extract_string(payload, ${pointer(JSON.parse(path) as string[])})`;
    return `abs(try_cast(${text} as hugeint)) > ${MAX_EXACT}`;
  });
  return `bool_or(${tests.join(' or ')})`;
}
