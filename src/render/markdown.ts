import type { Column } from '../core/result.js';
import { writeRows } from './batches.js';
import type { Renderer } from './renderer.js';
import { visible, visibleLines } from './visible.js';

/** Characters that end a cell, start HTML, or escape the next character. */
const SPECIAL = /[\\|<]/g;

/**
 * A table of GitHub Flavored Markdown; numbers are right-aligned, a line break is `<br>`, control characters are shown
 * as `\x1b`.
 */
export const markdown: Renderer = (result, write, options) => {
  const { columns } = result;
  return writeRows(result, write, options, {
    start: options.header === false ? '' : head(columns),
    rowText: row => line(columns.map(({ kind }, i) => shown(kind, row[i] ?? null))),
  });
};

function head(columns: readonly Column[]): string {
  const names = columns.map(({ name }) => visible(escape(name)));
  const rules = columns.map(({ kind }) => (kind === 'number' ? '---:' : '---'));
  return line(names) + line(rules);
}

function shown(kind: Column['kind'], cell: string | null): string {
  return cell === null ? 'NULL' : visibleLines(kind, escape(cell)).join('<br>');
}

function escape(text: string): string {
  return text.replace(SPECIAL, '\\$&');
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |\n`;
}
