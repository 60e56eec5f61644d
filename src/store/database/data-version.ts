import type { Database } from 'better-sqlite3';

/**
 * Returns a function that gives SQLite's `data_version`, which changes with each commit of another connection. It asks
 * SQLite once in a turn of the event loop, for all requests that had arrived before the turn.
 */
export function dataVersion(db: Database): () => number {
  const statement = db.prepare<[], number>('pragma data_version').pluck();
  let known: number | undefined;
  const forget = (): void => void (known = undefined);
  return () => {
    if (known === undefined) {
      known = statement.get()!;
      setImmediate(forget);
    }
    return known;
  };
}
