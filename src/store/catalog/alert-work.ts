import { openForReading } from '../database/store.js';

/** A look at a store for alert rules, and notifications that wait. */
export interface AlertWork {
  /** True when there are some. Costs some microseconds while nothing was committed. */
  exists(): boolean;
  close(): void;
}

/** Opens a store that is there and up to date. @throws TelemetryError, as {@link openForReading}. */
export function openAlertWork(dir: string): AlertWork {
  const db = openForReading(dir);
  const version = db.prepare<[], number>('pragma data_version').pluck();
  const found = db
    .prepare<[], number>(
      `select exists(select 1 from objects where kind = 'alert')
         or exists(select 1 from alert_notifications where status = 'waiting')`,
    )
    .pluck();
  let seen: number | undefined;
  let isThere = false;
  return {
    exists() {
      const now = version.get();
      if (now !== seen) isThere = found.get() === 1;
      seen = now;
      return isThere;
    },
    close: () => void db.close(),
  };
}
