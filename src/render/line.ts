import type { Column, Row } from '../core/result.js';
import { writeRows } from './batches.js';
import { chalkFor } from './chalk.js';
import type { RenderOptions, Renderer } from './renderer.js';
import { visible, visibleLines } from './visible.js';
import { padEnd, widthOf } from './width.js';

const EQUALS = ' = ';

/**
 * A line a column, `name = value`, with aligned names and an empty line between rows. Nothing is cut. Further lines of
 * a value align with the first.
 */
export const line: Renderer = (result, write, options) => {
  const text = lineText(result.columns, options);
  return writeRows(result, write, options, { rowText: (row, index) => (index === 0 ? '' : '\n') + text(row) });
};

/** The lines of one row. */
export function lineText(columns: readonly Column[], { color }: RenderOptions): (row: Row) => string {
  const dimNull = chalkFor(color).dim('NULL');
  const names = columns.map(({ name }) => visible(name));
  const widest = names.reduce((width, name) => Math.max(width, widthOf(name)), 0);
  const heads = names.map(name => `${padEnd(name, widest)}${EQUALS}`);
  const indent = `\n${' '.repeat(widest + EQUALS.length)}`;
  return row => {
    let text = '';
    for (let i = 0; i < columns.length; i++) {
      const cell = row[i] ?? null;
      text += `${heads[i]!}${cell === null ? dimNull : visibleLines(columns[i]!.kind, cell).join(indent)}\n`;
    }
    return text;
  };
}
