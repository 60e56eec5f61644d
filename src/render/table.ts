import type { Column, Row } from '../core/result.js';
import { apart } from './apart.js';
import { writeJoined } from './batches.js';
import { chalkFor } from './chalk.js';
import { type ColumnWidth, fit, isCuttable } from './fit.js';
import { type Grid, gridOf, type ShownRow, widestCell } from './grid.js';
import { lineText } from './line.js';
import { pagesOf } from './pages.js';
import type { Renderer } from './renderer.js';
import { visible, visibleLines } from './visible.js';
import { ahead, widthOf } from './width.js';

/**
 * A table with borders for people, and a footer with the row count. A line break in a cell stays one.
 * Memory is bounded: widths come from the first page of rows. On a terminal, texts of later pages are cut to them; a
 * wider number or time, or any wider value where nothing is cut, begins a new table.
 * Columns that do not fit the terminal even when cut are printed in the `line` format, uncut.
 */
export const table: Renderer = async (result, write, options) => {
  const { columns } = result;
  const chalk = chalkFor(options.color);
  const names = options.header === false ? undefined : columns.map(({ name }) => apart(visible(name)));
  const asLines = lineText(columns, options);
  let wanted: ColumnWidth[] = columns.map((_, i) => ({ name: widthOf(names?.[i] ?? ''), cells: 0 }));
  let grid: Grid | undefined;
  let above: ShownRow | undefined;
  let count = 0;
  for await (const { rows, isFirst, isLast } of pagesOf(result, options.signal)) {
    const shown = rows.map(row => shownCells(columns, row, options.columns));
    const isFixed = (i: number) => !isFirst && options.columns !== undefined && isCuttable(columns[i]!);
    const grown = wanted.map((width, i) => (isFixed(i) ? width : grow(width, widestCell(shown, i))));
    if (isFirst || grown.some((width, i) => width !== wanted[i])) {
      if (grid) await write(grid.end);
      wanted = grown;
      const widths = fit(columns, wanted, options.columns);
      grid = widths && gridOf(columns, widths, chalk);
      if (grid) await write(grid.start(names, rows.length > 0));
      above = undefined;
    }
    if (grid) await writeJoined(write, grid.rows(shown, above), text => text);
    else await writeJoined(write, rows, (row, i) => (isFirst && i === 0 ? '' : '\n') + asLines(row));
    if (grid && isLast) await write(grid.end);
    above = shown.at(-1);
    count += rows.length;
  }
  if (options.footer !== false) await write(chalk.dim(`(${count} ${count === 1 ? 'row' : 'rows'})`) + '\n');
  return count;
};

function grow(width: ColumnWidth, cells: number): ColumnWidth {
  return cells > width.cells ? { ...width, cells } : width;
}

/** The row's cells without control characters other than line breaks; long lines end beyond the visible part. */
function shownCells(columns: readonly Column[], row: Row, terminal: number | undefined): ShownRow {
  return columns.map(({ kind }, i) => {
    const cell = row[i] ?? null;
    if (cell === null) return null;
    const lines = visibleLines(kind, cell);
    return lines.map(line => apart(terminal === undefined ? line : ahead(line, terminal)));
  });
}
