/**
 * The kind of a column, for renderers. In every kind but `text` and `time` the cell's text is JSON, so that no format
 * has to know a database's types:
 * - `number`: all digits (BIGINT, HUGEINT, DECIMAL, DOUBLE). `NaN`, `Infinity` and `-Infinity` are the exception: not
 * JSON.
 * - `boolean`: `true` or `false`
 * - `json`: a JSON column, a list, a struct or a map; may span lines when it was sent that way
 * - `time`: already formatted in the requested time zone
 * - `text`: everything else (VARCHAR, UUID, INTERVAL, BLOB, ...)
 */
export type ColumnKind = 'text' | 'number' | 'boolean' | 'json' | 'time';

/** A column of a result: its name, the engine's type (`BIGINT`, `DECIMAL(18,3)`), and its kind. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly kind: ColumnKind;
  /** The part of a long text that a table leaves out; by default the end. Paths differ at their ends. */
  readonly cutsAt?: 'middle';
}

/** One row: the text of each cell, in the order of the columns; null is SQL's NULL. */
export type Row = readonly (string | null)[];

/** A streaming result: batches are read on demand, and ending the iteration early ends the query. */
export interface Result {
  readonly columns: readonly Column[];
  readonly batches: AsyncIterable<readonly Row[]>;
}
