import type { DuckDBConnection } from '@duckdb/node-api';
import type { Attribute } from '../../../../core/attribute.js';
import type { SegmentColumn } from '../../../catalog/segments.js';
import { candidatesAmong } from '../../../sql/candidates.js';
import { coreColumn, ID_COLUMNS, isBlankId } from '../../../sql/core-columns.js';
import { quoteName, quoteText } from '../../../sql/text.js';

/**
 * Marks columns that give core columns of ids without blank ids. The view reads these columns directly, so that a
 * filter on an id uses the statistics and the Bloom filters of the file.
 * @param file the file that was written with the columns.
 */
export async function markIds(
  connection: DuckDBConnection,
  file: string,
  columns: Readonly<Record<string, SegmentColumn>>,
  attributes: readonly Attribute[],
): Promise<Readonly<Record<string, SegmentColumn>>> {
  const find = candidatesAmong(attributes);
  const candidates = ID_COLUMNS.flatMap(name => coreColumn(name, find).candidates);
  const paths = new Set(candidates.map(({ path }) => JSON.stringify(path)));
  const names = Object.entries(columns).flatMap(([name, column]) =>
    column.type === 'VARCHAR' && column.paths.some(path => paths.has(path)) ? [name] : [],
  );
  if (names.length === 0) return columns;
  const tests = names.map(name => `coalesce(bool_or(${isBlankId(quoteName(name))}), false)`);
  const reader = await connection.runAndReadAll(`select ${tests.join(', ')} from read_parquet(${quoteText(file)})`);
  const [isBlank] = reader.getRows();
  const marked = { ...columns };
  names.forEach((name, i) => {
    if (isBlank![i] === false) marked[name] = { ...columns[name]!, hasIdsOnly: true };
  });
  return marked;
}
