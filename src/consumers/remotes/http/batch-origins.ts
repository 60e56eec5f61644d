import { rowsOf } from '../../../query/result/rows.js';
import { streamOrigins } from '../../../store/catalog/stream-origins.js';
import type { StoreDatabase } from '../../../store/database/store.js';
import type { Batch } from '../kind.js';

/** The stores that the events of a batch have passed before this one, by stream; none for events that began here. */
export async function originsIn(
  { session, source }: Pick<Batch, 'session' | 'source'>,
  db: StoreDatabase,
): Promise<ReadonlyMap<number, string>> {
  const [row] = await rowsOf(await session.query(`select min(stream_id), max(stream_id) from ${source}`));
  const [from, to] = row!;
  return from === null || to === null ? new Map<number, string>() : streamOrigins(db, Number(from), Number(to));
}

/** The value of the header `origin` for events that leave a store: see `FORWARD_HEADERS`. */
export function originThrough(origin: string, storeId: string): string {
  return origin === '' ? storeId : `${origin},${storeId}`;
}
