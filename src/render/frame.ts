import Table from 'cli-table3';

/** The lines of a table, each with its line end. */
export interface Frame {
  readonly top: string;
  readonly middle: string;
  readonly bottom: string;
  /** A line of cells, each already padded to its column. */
  readonly line: (cells: readonly string[]) => string;
}

/** A private-use character that marks the cells to fill in. */
const PLACEHOLDER = '\ue000';

const SPACES_AROUND = 2;

/**
 * The borders of a table with these column widths, in terminal cells.
 * cli-table3 draws them around one row of placeholders, and the cells are filled in here: its time grows with the
 * square of the rows (measured: 3 rows of 8 columns a millisecond at 1000 rows), and its text widths predate newer
 * emoji.
 */
export function frame(widths: readonly number[]): Frame {
  const placeholders = widths.map(width => PLACEHOLDER.repeat(width));
  const table = new Table({
    head: placeholders,
    colWidths: widths.map(width => width + SPACES_AROUND),
    style: { head: [], border: [], compact: true },
  });
  table.push(placeholders);
  const [top, , middle, placeholder, bottom] = table.toString().split('\n');
  const between = placeholder!.split(new RegExp(`${PLACEHOLDER}+`));
  return {
    top: `${top!}\n`,
    middle: `${middle!}\n`,
    bottom: `${bottom!}\n`,
    line: cells => `${cells.reduce((text, cell, i) => text + between[i]! + cell, '') + between[cells.length]!}\n`,
  };
}
