/**
 * How a renderer treats a column. In every kind but `text` and `time` the cell's text is JSON as it stands,
 * so that no format has to know a database's types:
 * - `number`: digits, all of them (BIGINT, HUGEINT, DECIMAL, DOUBLE). `NaN`, `Infinity` and `-Infinity` are the exception: not JSON.
 * - `boolean`: `true` or `false`
 * - `json`: a JSON column, a list, a struct or a map; may span lines when it was sent that way
 * - `time`: already printed in the time zone asked for
 * - `text`: everything else (VARCHAR, UUID, INTERVAL, BLOB, ...)
 */
export type ColumnKind = 'text' | 'number' | 'boolean' | 'json' | 'time';

/** A column of a result: its name, the type the engine gives it (`BIGINT`, `DECIMAL(18,3)`), and how to print it. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly kind: ColumnKind;
}

/** One row: a cell's text per column, in the order of the columns; null is SQL's NULL. */
export type Row = readonly (string | null)[];

/** A result that streams: batches are read on demand, and ending the iteration early ends the query. */
export interface Result {
  readonly columns: readonly Column[];
  readonly batches: AsyncIterable<readonly Row[]>;
}
