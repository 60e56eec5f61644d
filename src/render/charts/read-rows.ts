import type { Column, Result, Row } from '../../core/result.js';
import { batchesOf } from '../batches.js';

/** The most rows that a chart is made of. Beyond, the SQL has to aggregate: they would take hundreds of megabytes. */
const MAX_ROWS = 1_000_000;

/** The rows of a result in memory. */
export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** True when the result has more rows. */
  readonly isCut: boolean;
}

/** Reads a result of which a chart is made, up to {@link MAX_ROWS} rows. @throws TelemetryError as {@link batchesOf} */
export async function readRows(result: Result, signal: AbortSignal | undefined, limit = MAX_ROWS): Promise<Table> {
  const rows: Row[] = [];
  for await (const batch of batchesOf(result, signal)) {
    for (const row of batch) {
      if (rows.length === limit) return { columns: result.columns, rows, isCut: true };
      rows.push(row);
    }
  }
  return { columns: result.columns, rows, isCut: false };
}

/** Larger numbers, whose differences may not be finite, and smaller ones, whose parts may be 0, have no axis. */
const LARGEST = 1e150;
const SMALLEST = 1e-150;

/** The times of an axis: the years of four digits. */
const FIRST_TIME = Date.UTC(1000, 0);
const LAST_TIME = Date.UTC(9999, 11, 31);

/** A number of a cell; null for NULL, NaN and what no axis holds. One too small for an axis is 0. */
export function numberIn(cell: string | null | undefined): number | null {
  if (cell === null || cell === undefined || cell === '') return null;
  const value = Number(cell);
  if (!(Math.abs(value) <= LARGEST)) return null;
  return Math.abs(value) < SMALLEST ? 0 : value;
}

/** The milliseconds since 1970 of a time in ISO form; one without an offset is taken as UTC. Null as {@link numberIn}. */
function timeIn(cell: string | null | undefined): number | null {
  if (cell === null || cell === undefined) return null;
  const hasZone = cell.length <= 10 || /(?:Z|[+-]\d{2}:?\d{2}(?::\d{2})?)$/.test(cell);
  const ms = Date.parse(hasZone ? cell : `${cell}Z`);
  return ms >= FIRST_TIME && ms <= LAST_TIME ? ms : null;
}

/** The value of a cell on an axis: of a time or a number. */
export function valueIn(column: Column, cell: string | null | undefined): number | null {
  return column.kind === 'time' ? timeIn(cell) : numberIn(cell);
}
