import { openForWriting, type StoreDatabase } from '../../store/database/store.js';
import { syncLog } from '../../store/database/sync-log.js';

/**
 * Opens a store for a forwarder. Its commits keep no receiver waiting for the disk: a power cut may undo the progress of
 * a remote, whose batches are then sent again, and deduplicated as after a failure. What must not be undone is written
 * to disk by `syncLog`, before anything is sent: here the epoch of a copied store.
 * @throws TelemetryError as `openForWriting`.
 */
export function openForForwarding(dir: string): StoreDatabase {
  const db = openForWriting(dir, 'os');
  try {
    syncLog(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
