import type { Database } from 'better-sqlite3';
import type { Micros } from '../../core/duration.js';
import { RATE_SECONDS } from './remotes-sql.js';

/** The progress of a remote. */
export interface RemoteProgress {
  /** The remote has received every event up to this id, apart from those that are not for it. */
  readonly cursorId: number;
  /** The last id of the last batch that it acknowledged. */
  readonly sentId: number;
  /** The last id of a batch that was begun, and that a retry repeats with the same ids; undefined without one. */
  readonly pendingId: number | undefined;
  readonly isPaused: boolean;
  readonly sentEvents: number;
  readonly sentBytes: number;
  readonly sentAt: Micros | undefined;
  /** Failed tries since the last success. */
  readonly attempts: number;
  /** The time of the next try after a failure. */
  readonly nextAt: Micros | undefined;
  readonly error: string | undefined;
  readonly errorAt: Micros | undefined;
}

/** An event whose content a remote refused. */
export interface RejectedEvent {
  readonly eventId: number;
  readonly reason: string;
}

/** Events that were removed before a remote received them. */
export interface RemoteLoss {
  readonly firstId: number;
  readonly lastId: number;
  readonly events: number;
}

/** A batch that a remote has acknowledged. */
export interface SentBatch {
  readonly toId: number;
  readonly events: number;
  readonly bytes: number;
  /** The remote's message about events that it did not store. */
  readonly warning?: string | undefined;
}

interface ProgressRow {
  readonly cursor_id: number;
  readonly sent_id: number;
  readonly pending_id: number | null;
  readonly is_paused: number;
  readonly sent_events: number;
  readonly sent_bytes: number;
  readonly sent_at: number | null;
  readonly attempts: number;
  readonly next_at: number | null;
  readonly error: string | null;
  readonly error_at: number | null;
}

/** The progress of remotes in the catalog, over a writable connection. Each method is one transaction. */
export class RemoteLedger {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** The progress of a remote; undefined once it has been removed. */
  progress(remote: string): RemoteProgress | undefined {
    const row = this.#db.prepare<[string], ProgressRow>('select * from remotes where name = ?').get(remote);
    return row && progressOf(row);
  }

  /**
   * The time at which a remote was created, in microseconds since 1970, which distinguishes it from an earlier one of
   * the same name; undefined once it has been removed.
   */
  createdAt(remote: string): Micros | undefined {
    return this.#db
      .prepare<[string], Micros>(`select created_at from objects where name = ? and kind = 'remote'`)
      .pluck()
      .get(remote);
  }

  /** Records that a batch up to `pendingId` is about to be sent. */
  begin(remote: string, pendingId: number): void {
    this.#db.prepare('update remotes set pending_id = ? where name = ?').run(pendingId, remote);
  }

  /** Moves the cursor past a batch that the remote has acknowledged. The cursor never moves back. */
  sent(remote: string, { toId, events, bytes, warning }: SentBatch, now: Micros): void {
    this.#db
      .prepare(
        `update remotes set cursor_id = max(cursor_id, $toId), sent_id = max(sent_id, $toId), pending_id = null, sent_events = sent_events + $events,
           sent_bytes = sent_bytes + $bytes,
           rate = rate * exp(-(max(1, $now - coalesce(sent_at, 0))) / ${RATE_SECONDS}e6) + $events / ${RATE_SECONDS}.0,
           sent_at = $now, warning = coalesce($warning, warning), attempts = 0, next_at = null, error = null, error_at = null
         where name = $remote`,
      )
      .run({ toId, events, bytes, now, remote, warning: warning ?? null });
  }

  /** Sets the cursor to the position that the remote itself records, also backwards. */
  moveTo(remote: string, cursorId: number): void {
    this.#db
      .prepare('update remotes set cursor_id = $id, sent_id = $id, pending_id = null where name = $remote')
      .run({ id: cursorId, remote });
  }

  /** Moves the cursor past events that are not sent. */
  pass(remote: string, toId: number): void {
    this.#db
      .prepare(
        `update remotes set cursor_id = max(cursor_id, ?), pending_id = null, attempts = 0, next_at = null, error = null,
           error_at = null
         where name = ?`,
      )
      .run(toId, remote);
  }

  /** Records an event that the remote refused. */
  reject(remote: string, { eventId, reason }: RejectedEvent, now: Micros): void {
    this.#db
      .prepare('insert or replace into remote_rejects(remote, event_id, reason, rejected_at) values (?, ?, ?, ?)')
      .run(remote, eventId, reason, now);
  }

  /** Records events that were removed before the remote received them. Does nothing for a removed remote. */
  lost(remote: string, { firstId, lastId, events }: RemoteLoss, now: Micros): void {
    this.#db
      .prepare(
        `insert into remote_losses(remote, first_id, last_id, events, removed_at)
         select name, ?, ?, ?, ? from remotes where name = ?`,
      )
      .run(firstId, lastId, events, now, remote);
  }

  /** The same, unless this loss is recorded already. */
  lostOnce(remote: string, loss: RemoteLoss, now: Micros): void {
    const known = this.#db
      .prepare('select 1 from remote_losses where remote = ? and first_id = ? and last_id = ? and events = ?')
      .get(remote, loss.firstId, loss.lastId, loss.events);
    if (known === undefined) this.lost(remote, loss, now);
  }

  /** Records a failed try, and the time of the next. */
  failed(remote: string, error: string, now: Micros, nextAt: Micros): void {
    this.#db
      .prepare(`update remotes set attempts = attempts + 1, error = ?, error_at = ?, next_at = ? where name = ?`)
      .run(error, now, nextAt, remote);
  }

  /** The streams among the ids `[fromId, toId]` whose events have passed through the store `storeId`. */
  streamsThrough(storeId: string, fromId: number, toId: number): number[] {
    return this.#db
      .prepare<[number, number, string], number>(
        `select id from streams where origin is not null and id between ? and ?
           and instr(',' || origin || ',', ',' || ? || ',') > 0`,
      )
      .pluck()
      .all(fromId, toId, storeId);
  }

  /** The rejected events among the ids `(afterId, toId]`. */
  rejectedBetween(remote: string, afterId: number, toId: number): number[] {
    return this.#db
      .prepare<[string, number, number], number>(
        'select event_id from remote_rejects where remote = ? and event_id > ? and event_id <= ?',
      )
      .pluck()
      .all(remote, afterId, toId);
  }
}

function progressOf(row: ProgressRow): RemoteProgress {
  return {
    cursorId: row.cursor_id,
    sentId: row.sent_id,
    pendingId: row.pending_id ?? undefined,
    isPaused: row.is_paused === 1,
    sentEvents: row.sent_events,
    sentBytes: row.sent_bytes,
    sentAt: row.sent_at ?? undefined,
    attempts: row.attempts,
    nextAt: row.next_at ?? undefined,
    error: row.error ?? undefined,
    errorAt: row.error_at ?? undefined,
  };
}

/** Adds the progress of a new remote, in the caller's transaction. */
export function insertRemote(db: Database, name: string, cursorId: number): void {
  db.prepare('insert into remotes(name, cursor_id) values (?, ?)').run(name, cursorId);
}

/** Removes the progress, rejected events, losses and objects of a remote, in the caller's transaction. */
export function deleteRemote(db: Database, name: string): void {
  for (const [table, column] of [
    ['remotes', 'name'],
    ['remote_rejects', 'remote'],
    ['remote_losses', 'remote'],
    ['remote_objects', 'remote'],
  ] as const) {
    db.prepare(`delete from ${table} where ${column} = ?`).run(name);
  }
}

/** Pauses or resumes a remote. A resumed remote is due at once. */
export function setPaused(db: Database, name: string, isPaused: boolean): void {
  db.prepare('update remotes set is_paused = ?, next_at = null where name = ?').run(isPaused ? 1 : 0, name);
}
