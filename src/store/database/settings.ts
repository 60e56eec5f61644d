import type { Database } from 'better-sqlite3';

/**
 * Settings kept in a store, so that every command and the server use the same. Values are JSON. `returned` exists while
 * sealed events go back into the journal: see journal/return-events.ts.
 */
export type StoreSetting = 'archive' | 'archiveCompression' | 'indexes' | 'returned' | 'retention';

/** The value of a setting, or undefined when it was never set. */
export function readStoreSetting(db: Database, key: StoreSetting): unknown {
  const value = db.prepare<[string], string>('select value from settings where key = ?').pluck().get(key);
  return value === undefined ? undefined : JSON.parse(value);
}

/** Stores a setting; undefined removes it. */
export function writeStoreSetting(db: Database, key: StoreSetting, value: unknown): void {
  if (value === undefined) db.prepare('delete from settings where key = ?').run(key);
  else {
    db.prepare(
      'insert into settings(key, value) values (?, ?) on conflict(key) do update set value = excluded.value',
    ).run(key, JSON.stringify(value));
  }
}
