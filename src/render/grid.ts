import type { ChalkInstance } from 'chalk';
import type { Column } from '../core/result.js';
import { frame } from './frame.js';
import { cut, padEnd, padStart, widthOf } from './width.js';

/** A row's cells as they are shown, before they are cut; null is SQL's NULL. */
export type ShownRow = readonly (string | null)[];

/** The lines of a table whose columns have fixed widths. */
export interface Grid {
  /** The upper border, the names if there are any, and the line under them if rows follow. */
  readonly start: (names: readonly string[] | undefined, hasRows: boolean) => string;
  readonly row: (cells: ShownRow) => string;
  readonly end: string;
}

/** A NULL, dim where there is colour. */
const NULL = 'NULL';

/** Cuts, aligns (numbers to the right) and frames cells. */
export function gridOf(columns: readonly Column[], widths: readonly number[], chalk: ChalkInstance): Grid {
  const { top, middle, bottom, line } = frame(widths);
  const place = (text: string, i: number, paint: (text: string) => string) => {
    const short = cut(text, widths[i]!);
    const pad = columns[i]!.kind === 'number' ? padStart : padEnd;
    return pad(paint(short), widths[i]!);
  };
  return {
    start: (names, hasRows) =>
      top + (names ? line(names.map((name, i) => place(name, i, chalk.bold))) + (hasRows ? middle : '') : ''),
    row: cells =>
      line(cells.map((cell, i) => (cell === null ? place(NULL, i, chalk.dim) : place(cell, i, text => text)))),
    end: bottom,
  };
}

/** The width of the widest cell of a column. */
export function widestCell(rows: readonly ShownRow[], column: number): number {
  return rows.reduce((most, row) => Math.max(most, widthOf(row[column] ?? NULL)), 0);
}
