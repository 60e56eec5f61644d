import type { Database } from 'better-sqlite3';
import { TelemetryError } from '../../core/errors.js';
import { pause } from '../../core/sleep.js';
import { identityOf, watchChanges } from './change-watcher.js';
import { databaseFile, openForReading } from './store.js';

/** `opened`: a store exists, for the first time or replacing another. `committed`: it has new commits. */
export type StoreChange = 'opened' | 'committed';

/** Interval between checks for a store that does not exist yet, in milliseconds. */
const ABSENT_WAIT_MS = 25;

/**
 * Follows the store in `dir`, which need not exist yet, may be replaced, and may have its log deleted and recreated.
 * Any number of commits between two steps of the iteration are reported as one. Ends when the signal aborts.
 * @throws TelemetryError `failure` when what is there cannot be read as a store.
 */
export async function* watchStore(dir: string, signal: AbortSignal): AsyncGenerator<StoreChange> {
  const watcher = watchChanges(dir, signal);
  let journal: OpenJournal | undefined;
  try {
    while (!signal.aborted) {
      const identity = identityOf(databaseFile(dir));
      if (journal && journal.identity !== identity) {
        journal.db.close();
        journal = undefined;
      }
      if (!journal && identity !== undefined) {
        journal = openIfReady(dir, identity);
        if (journal) {
          yield 'opened';
          continue;
        }
      }
      if (!journal) await pause(ABSENT_WAIT_MS, signal);
      else if (journal.hasNewCommits()) yield 'committed';
      else await watcher.next();
    }
  } finally {
    watcher.close();
    journal?.db.close();
  }
}

interface OpenJournal {
  readonly db: Database;
  readonly identity: string;
  hasNewCommits(): boolean;
}

function openIfReady(dir: string, identity: string): OpenJournal | undefined {
  try {
    const db = openForReading(dir);
    // Changes with every commit of another connection, and reads no page of the database.
    const dataVersion = db.prepare<[], number>('pragma data_version').pluck();
    let seen = dataVersion.get();
    const hasNewCommits = (): boolean => seen !== (seen = dataVersion.get());
    return { db, identity, hasNewCommits };
  } catch (error) {
    if (error instanceof TelemetryError && error.kind === 'noStore') return undefined;
    throw error;
  }
}
