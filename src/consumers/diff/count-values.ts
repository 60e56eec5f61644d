import { rowsOf } from '../../query/result/rows.js';
import type { Session } from '../../query/session.js';
import { textOf } from './columns.js';
import { comparedRows, type Comparison, type Measured } from './measure.js';
import type { Sides } from './statistics.js';

/** A value of a column, as text, with its events on both sides; null for the events without one. */
export interface ValueCount extends Sides {
  readonly value: string | null;
  /** The values of the column that meet the filter, a missing one included. */
  readonly among: number;
}

/** Columns of one scan: GROUPING takes as many bits of a 64-bit number, and one is the sign. */
const MAX_GROUPED_COLUMNS = 60;

/**
 * Counts the values of columns over all events of both sides, 60 columns a scan: one hash table for each column.
 * @param filter SQL on the counts `matching` and `others` of a value that it has to meet
 * @param most values of a column, those with the highest `matching` first
 * @returns the counts in the order of the columns
 */
export async function countValues(
  session: Session,
  comparison: Comparison,
  columns: readonly Measured[],
  filter: string,
  most = Infinity,
): Promise<ValueCount[][]> {
  const counts: ValueCount[][] = columns.map(() => []);
  for (let from = 0; from < columns.length; from += MAX_GROUPED_COLUMNS) {
    const part = columns.slice(from, from + MAX_GROUPED_COLUMNS);
    const result = await session.query(countsSql(comparison, part, filter, most));
    for (const [column, value, matching, others, among] of await rowsOf(result)) {
      counts[from + Number(column)]!.push({
        value: value!,
        matching: Number(matching),
        others: Number(others),
        among: Number(among),
      });
    }
  }
  return counts;
}

function countsSql(comparison: Comparison, columns: readonly Measured[], filter: string, most: number): string {
  const names = columns.map((_, i) => `c${i}`);
  const rows = comparedRows(comparison, columns);
  const grouped = `select grouping(${names.join(', ')}) as grouped, ${names.join(', ')},
    count(*) filter (is_match) as matching, count(*) filter (not is_match) as others
    from ${rows} group by grouping sets (${names.map(name => `(${name})`).join(', ')}) having ${filter}`;
  // A set bit says that the column does not take part in the group.
  const everyBit = (1n << BigInt(names.length)) - 1n;
  const bitsOf = (i: number): bigint => everyBit - (1n << BigInt(names.length - 1 - i));
  const pick = (sql: (i: number) => string): string =>
    `case grouped ${names.map((_, i) => `when ${bitsOf(i)} then ${sql(i)}`).join(' ')} end`;
  const values = `select ${pick(String)} as number, ${pick(i => textOf({ ...columns[i]!, sql: `c${i}` }))} as value,
    matching, others from (${grouped})`;
  const limit =
    most === Infinity
      ? ''
      : ` qualify row_number() over (partition by number order by matching desc, value) <= ${most}`;
  return `select number, value, matching, others, count(*) over (partition by number) from (${values})${limit} order by number, matching desc, value`;
}
