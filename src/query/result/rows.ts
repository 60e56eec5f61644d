import type { Result, Row } from '../../core/result.js';

/** All rows of a result that is known to be small. */
export async function rowsOf({ batches }: Result): Promise<Row[]> {
  const all: Row[] = [];
  for await (const rows of batches) all.push(...rows);
  return all;
}
