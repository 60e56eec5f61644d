import { writeRows } from './batches.js';
import { objectText } from './object.js';
import type { Renderer } from './renderer.js';

/** One JSON object a line. Integers and decimals keep all digits; `NaN` and `Infinity` are strings. */
export const ndjson: Renderer = (result, write, options) => {
  const object = objectText(result.columns);
  return writeRows(result, write, options, { rowText: row => object(row) + '\n' });
};
