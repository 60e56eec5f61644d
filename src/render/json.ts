import { writeRows } from './batches.js';
import { objectText } from './object.js';
import type { Renderer } from './renderer.js';

/**
 * One JSON array of the objects of `ndjson`, an object a line. Streamed, so an interrupted result is not valid JSON.
 */
export const json: Renderer = async (result, write, options) => {
  const object = objectText(result.columns);
  const rows = await writeRows(result, write, options, {
    start: '[',
    rowText: (row, index) => (index === 0 ? '\n' : ',\n') + object(row),
  });
  await write(rows === 0 ? ']\n' : '\n]\n');
  return rows;
};
