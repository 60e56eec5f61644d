import { onTestFinished } from 'vitest';
import { openForWriting } from '../../src/store/database/store.js';

/** Stops the journal of a store, as a long transaction of another process does. Returns how to let go. */
export function holdJournal(store: string): () => void {
  const db = openForWriting(store);
  db.exec('begin immediate');
  const release = (): void => {
    if (db.open) db.close();
  };
  onTestFinished(release);
  return release;
}
