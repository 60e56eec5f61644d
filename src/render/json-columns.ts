import { writeRows } from './batches.js';
import { objectText } from './object.js';
import type { Renderer } from './renderer.js';

/**
 * One JSON object: `columns`, each with its name and the engine's type, and `rows`, the objects of `ndjson`. Streamed,
 * so an interrupted result is not valid JSON.
 */
export const jsonColumns: Renderer = async (result, write, options) => {
  const object = objectText(result.columns);
  const columns = JSON.stringify(result.columns.map(({ name, type }) => ({ name, type })));
  const rows = await writeRows(result, write, options, {
    start: `{"columns":${columns},"rows":[`,
    rowText: (row, index) => (index === 0 ? '\n' : ',\n') + object(row),
  });
  await write(rows === 0 ? ']}\n' : '\n]}\n');
  return rows;
};
