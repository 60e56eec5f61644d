import type { Column } from '../core/result.js';

/** The minimum width of a text that is cut, in terminal cells: less is unreadable. */
const MIN_WIDTH = 8;

/** The border and spaces of each column, and the last border. */
const FRAME_PER_COLUMN = 3;
const LAST_BORDER = 1;

/** The width of a table's frame, in terminal cells. */
export function frameWidth(columns: number): number {
  return columns * FRAME_PER_COLUMN + LAST_BORDER;
}

/** The widths of a column's name and of its widest cell, in terminal cells. */
export interface ColumnWidth {
  readonly name: number;
  readonly cells: number;
}

/** True when cells of the column may be cut: text and JSON. A cut number, time or boolean would mislead. */
export function isCuttable({ kind }: Column): boolean {
  return kind === 'text' || kind === 'json';
}

/**
 * The column widths that fit the terminal: the widest texts and names are cut first, to one common width.
 * @param terminal undefined when the output is not a terminal: nothing is cut.
 * @returns undefined when texts would become too narrow to read.
 */
export function fit(
  columns: readonly Column[],
  wanted: readonly ColumnWidth[],
  terminal: number | undefined,
): number[] | undefined {
  const whole = wanted.map(({ name, cells }) => Math.max(1, name, cells));
  if (terminal === undefined) return whole;
  const least = wanted.map(({ cells }, i) => (isCuttable(columns[i]!) ? 1 : cells));
  const room = terminal - frameWidth(columns.length);
  for (let most = Math.max(MIN_WIDTH, ...whole); most >= MIN_WIDTH; most--) {
    const widths = whole.map((width, i) => Math.min(width, Math.max(most, least[i]!)));
    if (widths.reduce((sum, width) => sum + width, 0) <= room) return widths;
  }
  return undefined;
}
