import type { Database } from 'better-sqlite3';
import { deduplicationWindow, type DeduplicationWindow, type IdHash } from '../catalog/deduplication.js';
import { EVENT_ID_SQL, hashOfEventId, recallSealed } from '../catalog/sealed-event-ids.js';
import { openForReading } from '../database/store.js';

/** Hands the event ids last sealed and every one in the journal to `remember`. */
export function rememberStored(db: Database, remember: (hash: IdHash, eventId: number) => void): void {
  recallSealed(db, remember);
  const rows = db
    .prepare<[], [number, string]>(
      `select id, ${EVENT_ID_SQL} as event_id from events where event_id is not null order by id`,
    )
    .raw()
    .iterate();
  for (const [id, value] of rows) {
    const hash = hashOfEventId(value);
    if (hash) remember(hash, id);
  }
}

/**
 * The event ids that the store at `dir` knows now.
 * @throws what opening the store throws.
 */
export function knownEventIds(dir: string): DeduplicationWindow {
  const window = deduplicationWindow();
  const db = openForReading(dir);
  try {
    rememberStored(db, (hash, id) => window.add(hash, id));
    return window;
  } finally {
    db.close();
  }
}
