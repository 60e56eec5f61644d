import { writeRows } from './batches.js';
import { uniqueNames } from './names.js';
import type { Renderer } from './renderer.js';

const SPECIAL = /[\t\n\r\\]/;
const ESCAPES: Readonly<Record<string, string>> = { '\t': '\\t', '\n': '\\n', '\r': '\\r', '\\': '\\\\' };

/** A header and rows in the text format of PostgreSQL's COPY: tab-separated, `\t \n \r \\` escaped, NULL is `\N`. */
export const tsv: Renderer = (result, write, options) => {
  const width = result.columns.length;
  return writeRows(result, write, options, {
    start: options.header === false ? '' : uniqueNames(result.columns).map(escape).join('\t') + '\n',
    rowText: row => {
      let text = '';
      for (let i = 0; i < width; i++) {
        const cell = row[i] ?? null;
        if (i > 0) text += '\t';
        text += cell === null ? '\\N' : escape(cell);
      }
      return text + '\n';
    },
  });
};

function escape(field: string): string {
  return SPECIAL.test(field) ? field.replace(/[\t\n\r\\]/g, special => ESCAPES[special]!) : field;
}
