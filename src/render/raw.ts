import { writeRows } from './batches.js';
import type { Renderer } from './renderer.js';
import { visibleLines } from './visible.js';

/**
 * Values only: no header and no frame, tabs between columns, empty for NULL. Control characters are made visible on a
 * terminal.
 */
export const raw: Renderer = (result, write, options) => {
  const { columns } = result;
  const isTerminal = options.columns !== undefined;
  return writeRows(result, write, options, {
    rowText: row => {
      const cells = columns.map(({ kind }, i) => {
        const cell = row[i] ?? '';
        return isTerminal ? visibleLines(kind, cell).join('\n') : cell;
      });
      return `${cells.join('\t')}\n`;
    },
  });
};
