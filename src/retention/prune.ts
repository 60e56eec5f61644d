import { messageOf, TelemetryError } from '../core/errors.js';
import { diskUsage } from '../journal/disk.js';
import { type Expired, type ExpireOptions, expireEvents } from '../journal/expire.js';
import type { IdRuns } from '../journal/id-runs.js';
import { openForWriting } from '../journal/store.js';

/** What a prune did, and what the store takes on the disk, in bytes, measured before and after. */
export interface Pruned extends Expired {
  readonly diskBefore: number;
  readonly diskAfter: number;
}

/**
 * Removes events from the store at `dir` and gives their space back, beside whoever reads and writes it.
 * @throws TelemetryError `failure` when the store cannot be written (even to remove, SQLite first needs space).
 */
export async function prune(dir: string, ids: IdRuns, options: ExpireOptions): Promise<Pruned> {
  const diskBefore = diskUsage(dir);
  // A removal that a power cut undoes is done again by the next prune; it is not worth an fsync.
  const db = openForWriting(dir, 'os');
  try {
    const expired = await expireEvents(db, ids, options);
    db.close();
    return { ...expired, diskBefore, diskAfter: diskUsage(dir) };
  } catch (error) {
    throw new TelemetryError('failure', `cannot remove events from ${dir}: ${messageOf(error)}`, {
      remedy: 'What was removed until then stays removed. Free some disk space or check the permissions, and repeat.',
      cause: error,
    });
  } finally {
    db.close();
  }
}
