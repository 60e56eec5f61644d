import type { Column } from '../core/result.js';

/** The narrowest that a text is cut to, in cells of a terminal: fewer tell nothing. */
const NARROWEST = 8;

/** What a table draws around each column (a border and a space on either side), and the last border. */
const FRAME_PER_COLUMN = 3;
const LAST_BORDER = 1;

/** What a table of so many columns takes beside its cells, in cells of a terminal. */
export function frameWidth(columns: number): number {
  return columns * FRAME_PER_COLUMN + LAST_BORDER;
}

/** How wide a column's name and its widest cell are, in cells of a terminal. */
export interface ColumnWidth {
  readonly name: number;
  readonly cells: number;
}

/** Whether cells of the column may be cut: text and JSON. A number, a time or a truth value that is cut misleads. */
export function isCuttable({ kind }: Column): boolean {
  return kind === 'text' || kind === 'json';
}

/**
 * The widths in which a table's columns fit the terminal: the widest texts and names are cut first, to one common width.
 * @param terminal undefined is not a terminal: nothing is cut.
 * @returns undefined when texts would have to be cut to fewer than a readable few cells.
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
  for (let most = Math.max(NARROWEST, ...whole); most >= NARROWEST; most--) {
    const widths = whole.map((width, i) => Math.min(width, Math.max(most, least[i]!)));
    if (widths.reduce((sum, width) => sum + width, 0) <= room) return widths;
  }
  return undefined;
}
