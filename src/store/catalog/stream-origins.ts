import type { Database } from 'better-sqlite3';

/**
 * The stores that the events of a stream have passed through before this one: the column `streams.origin`, by stream
 * id, for those of the streams `fromId` to `toId` that came from another store.
 */
export function streamOrigins(db: Database, fromId: number, toId: number): Map<number, string> {
  const rows = db
    .prepare<[number, number], { id: number; origin: string }>(
      'select id, origin from streams where origin is not null and id between ? and ?',
    )
    .all(fromId, toId);
  return new Map(rows.map(({ id, origin }) => [id, origin]));
}
