import type { Micros } from '../../core/duration.js';
import { openForReading } from '../database/store.js';

/** A check for remotes of a store that lack events. */
export interface RemoteWork {
  /** True when a remote is due and lacks events. Takes some microseconds in a store without remotes. */
  isDue(now: Micros): boolean;
  close(): void;
}

/** Opens an existing store of this version. @throws TelemetryError as {@link openForReading}. */
export function openRemoteWork(dir: string): RemoteWork {
  const db = openForReading(dir);
  const due = db
    .prepare<[Micros], number>(
      `select exists(select 1 from remotes
         where is_paused = 0 and coalesce(next_at, 0) <= ?
           and cursor_id < coalesce((select seq from sqlite_sequence where name = 'events'), 0))`,
    )
    .pluck();
  return { isDue: now => due.get(now) === 1, close: () => void db.close() };
}
