import type { Database } from 'better-sqlite3';
import type { Micros } from '../../core/duration.js';
import { REMOTES_SQL } from './remotes-sql.js';

/** The state of a remote: a row of the table `remotes`. */
export interface RemoteState {
  readonly name: string;
  readonly state: 'active' | 'failing' | 'paused';
  readonly url: string;
  readonly cursor_id: number;
  /** Number of ids after the cursor. */
  readonly lag_events: number;
  /** Seconds since the oldest waiting event was received. */
  readonly lag_seconds: number;
  readonly events_per_second: number;
  readonly sent_events: number;
  readonly sent_bytes: number;
  readonly rejected_events: number;
  readonly lost_events: number;
  /** Failed tries since the last success. */
  readonly retries: number;
  /** The remote's last message about events that it accepted and did not store. */
  readonly warning: string | null;
  readonly error: string | null;
  readonly error_at: Micros | null;
  readonly next_try_at: Micros | null;
  readonly sent_at: Micros | null;
  /** JSON of the definition. */
  readonly definition: string;
  readonly created_at: Micros;
}

/** The states of all remotes, by name. */
export function readRemoteStates(db: Database): RemoteState[] {
  // A store of an older version, which this version has not written to yet.
  if (!db.prepare(`select 1 from sqlite_schema where name = 'remotes'`).get()) return [];
  return db.prepare<[], RemoteState>(REMOTES_SQL).all();
}

/** Losses of a remote, the latest first. */
export function readRemoteLosses(db: Database, remote: string, limit: number): RemoteLossAt[] {
  return db
    .prepare<[string, number], RemoteLossAt>(
      `select first_id as firstId, last_id as lastId, events, removed_at as removedAt
       from remote_losses where remote = ? order by id desc limit ?`,
    )
    .all(remote, limit);
}

/** A range of ids with events that were removed before the remote received them. */
export interface RemoteLossAt {
  readonly firstId: number;
  readonly lastId: number;
  readonly events: number;
  readonly removedAt: Micros;
}
