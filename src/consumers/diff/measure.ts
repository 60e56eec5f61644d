import { rowsOf } from '../../query/result/rows.js';
import type { Session } from '../../query/session.js';
import type { DiffColumn } from './columns.js';
import type { Sides } from './statistics.js';

/** The events to compare, in SQL. */
export interface Comparison {
  /** To select from. */
  readonly source: string;
  /** True for an event that matches, false for one that it is compared with, NULL for any other. */
  readonly side: string;
}

/** A column with values that are worth counting. */
export interface Measured extends DiffColumn {
  /** Approximate number of distinct values (DuckDB's approx_count_distinct). */
  readonly distinct: number;
  /** Events with a value. */
  readonly present: number;
}

/** The reason for which a column is left out. */
export type LeftOutReason = 'condition' | 'empty' | 'constant' | 'unique' | 'too many values';

/** A column that is not compared, with what was measured; nothing is for one that a condition names. */
export interface LeftOut {
  readonly attribute: string;
  readonly reason: LeftOutReason;
  readonly values?: number;
  readonly events?: number;
}

/** The columns of a comparison, and the events of each side. */
export interface Measurement {
  readonly all: Sides;
  readonly columns: readonly Measured[];
  readonly leftOut: readonly LeftOut[];
}

/** A column with more values than this share of its events is an id: most values occur once. */
const MAX_UNIQUE_SHARE = 0.5;

/**
 * With more values than this, none of them is frequent in a store of usual size, and counting them takes the memory of
 * all.
 */
const MAX_VALUES = 100_000;

/** Columns of one scan: each has a sketch of some KiB a thread. */
const MAX_MEASURED_COLUMNS = 250;

/** Numbers with more values than this are compared in ranges, others one by one, as a status is. */
const MAX_NUMBER_VALUES = 50;

/**
 * SQL of the rows of both sides, with `is_match`, `event_id`, and the columns as `c0`, `c1` and so on.
 * @param condition on `is_match` and `event_id`
 */
export function comparedRows(
  { source, side }: Comparison,
  columns: readonly DiffColumn[],
  condition = 'is_match is not null',
): string {
  const list = columns.map(({ sql }, i) => `, ${sql} as c${i}`).join('');
  return `(select * from (select ${side} as is_match, id as event_id${list} from ${source}) where ${condition})`;
}

/**
 * Counts both sides, and the values of each column over all their events.
 * @param keepsAll true to leave out only columns without values
 * @throws TelemetryError as {@link Session.query}
 */
export async function measure(
  session: Session,
  comparison: Comparison,
  columns: readonly DiffColumn[],
  keepsAll = false,
): Promise<Measurement> {
  let all: Sides = { matching: 0, others: 0 };
  const kept: Measured[] = [];
  const leftOut: LeftOut[] = [];
  for (let from = 0; from === 0 || from < columns.length; from += MAX_MEASURED_COLUMNS) {
    const part = columns.slice(from, from + MAX_MEASURED_COLUMNS);
    const aggregates = part.map((_, i) => `, count(c${i}), approx_count_distinct(c${i})`).join('');
    const rows = comparedRows(comparison, part);
    const [row] = await rowsOf(
      await session.query(`select count(*), count(*) filter (is_match)${aggregates} from ${rows}`),
    );
    const [events = 0, matching = 0, ...counts] = row!.map(Number);
    all = { matching, others: events - matching };
    part.forEach((column, i) => {
      const measured = { ...column, present: counts[2 * i]!, distinct: counts[2 * i + 1]! };
      const reason = reasonToLeaveOut(measured, events);
      if (reason === undefined || (keepsAll && reason !== 'empty')) kept.push(measured);
      else leftOut.push({ attribute: column.name, reason, values: measured.distinct, events: measured.present });
    });
  }
  return { all, columns: kept, leftOut };
}

function reasonToLeaveOut({ values, distinct, present }: Measured, events: number): LeftOutReason | undefined {
  if (present === 0) return 'empty';
  if (distinct <= 1 && present === events) return 'constant';
  if (values === 'integer' || values === 'double') return undefined;
  if (distinct > MAX_UNIQUE_SHARE * present && present > 1) return 'unique';
  return distinct > MAX_VALUES ? 'too many values' : undefined;
}

/** True for a column that is compared in ranges. */
export function hasRanges({ values, distinct }: Measured): boolean {
  return (values === 'integer' || values === 'double') && distinct > MAX_NUMBER_VALUES;
}
