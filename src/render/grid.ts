import type { ChalkInstance } from 'chalk';
import type { Column } from '../core/result.js';
import { frame } from './frame.js';
import { cut, cutMiddle, padEnd, padStart, widthOf } from './width.js';

/** The lines of a row's cells as shown, before cutting; null is SQL's NULL. */
export type ShownRow = readonly (readonly string[] | null)[];

/** The lines of a table whose columns have fixed widths. */
export interface Grid {
  /** The top border, the names if any, and the line below them if rows follow. */
  readonly start: (names: readonly string[] | undefined, hasRows: boolean) => string;
  /**
   * The lines of consecutive rows. A row of several lines is ruled off, to tell its lines from rows. `before` is the
   * row printed last.
   */
  readonly rows: (rows: readonly ShownRow[], before: ShownRow | undefined) => Iterable<string>;
  readonly end: string;
}

/** A NULL, dim where there is colour. */
const NULL = 'NULL';

/** Cuts, aligns (numbers to the right) and frames cells. */
export function gridOf(columns: readonly Column[], widths: readonly number[], chalk: ChalkInstance): Grid {
  const { top, middle, bottom, line } = frame(widths);
  const asItIs = (text: string) => text;
  const place = (text: string, i: number, paint: (text: string) => string) => {
    const { kind, cutsAt } = columns[i]!;
    const short = (cutsAt === 'middle' ? cutMiddle : cut)(text, widths[i]!);
    const pad = kind === 'number' ? padStart : padEnd;
    return pad(paint(short), widths[i]!);
  };
  const lineOf = (row: ShownRow, at: number): string =>
    line(
      row.map((lines, i) =>
        lines === null && at === 0 ? place(NULL, i, chalk.dim) : place(lines?.[at] ?? '', i, asItIs),
      ),
    );
  return {
    start: (names, hasRows) =>
      top + (names ? line(names.map((name, i) => place(name, i, chalk.bold))) + (hasRows ? middle : '') : ''),
    *rows(rows, before) {
      let above = before === undefined ? 1 : heightOf(before);
      let isFirst = before === undefined;
      for (const row of rows) {
        const height = heightOf(row);
        if (!isFirst && (height > 1 || above > 1)) yield middle;
        for (let at = 0; at < height; at++) yield lineOf(row, at);
        above = height;
        isFirst = false;
      }
    },
    end: bottom,
  };
}

/** The width of the widest line of a column's cells. */
export function widestCell(rows: readonly ShownRow[], column: number): number {
  let most = 0;
  for (const row of rows) for (const text of row[column] ?? [NULL]) most = Math.max(most, widthOf(text));
  return most;
}

function heightOf(row: ShownRow): number {
  return row.reduce((most, lines) => Math.max(most, lines?.length ?? 1), 1);
}
