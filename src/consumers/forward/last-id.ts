import type { StoreDatabase } from '../../store/database/store.js';

/** The highest id that the store has assigned, even if its event has been removed; 0 before the first event. */
export function lastIdOf(db: StoreDatabase): number {
  return db.prepare<[], number>(`select seq from sqlite_sequence where name = 'events'`).pluck().get() ?? 0;
}
