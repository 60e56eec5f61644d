import type { Database } from 'better-sqlite3';
import type { Batch, StreamClosing } from './batch.js';
import { eventInserter, type RunOutcome } from './insert-events.js';

/** The outcomes of the runs of a batch, in order; null for a run that was skipped because its stream had failed. */
export type BatchOutcome = readonly (RunOutcome | null)[];

/** Appends batches to the journal. */
export interface Appender {
  /** The highest id that a stream has had so far. */
  readonly lastStreamId: number;
  /**
   * Stores batches in one transaction, all or nothing; when it returns, they are on disk as the connection's
   * durability says. Returns an outcome a batch.
   * @throws what SQLite throws (`SQLITE_FULL`, `SQLITE_IOERR_*`, `SQLITE_BUSY`); nothing of the batches is stored then.
   */
  append(batches: readonly Batch[]): BatchOutcome[];
}

/**
 * Creates the appender of the store's one writer. Streams that a crash left open are closed.
 * @param check throws when nothing may be stored now; the batches have then failed, as if SQLite had thrown.
 */
export function createAppender(db: Database, check: () => void = () => undefined): Appender {
  const events = eventInserter(db);
  /** Streams that a failed batch had a part in: storing more of them would leave a slot that no reply tells of. Whether their row is stored. */
  const failed = new Map<number, boolean>();
  /** The ends of stored streams that a failed transaction should have noted; the next one does. */
  let overdue: readonly StreamClosing[] = [];

  const begin = db.prepare('begin immediate');
  const commit = db.prepare('commit');
  const insertStream = db.prepare(
    'insert into streams(id, started_at, ended_at, transport, remote, path, headers, events) values (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const updateStream = db.prepare(
    'update streams set events = events + ?, ended_at = coalesce(?, ended_at) where id = ?',
  );
  db.prepare(
    `update streams set ended_at = max(started_at, coalesce((select received_at from events order by id desc limit 1), 0))
     where ended_at is null`,
  ).run();
  const lastStreamId = db.prepare<[], number | null>('select max(id) from streams').pluck().get() ?? 0;

  function writeStreams(batch: Batch, outcomes: BatchOutcome): void {
    const stored = new Map<number, number>();
    batch.runs.forEach(({ stream }, i) => stored.set(stream, (stored.get(stream) ?? 0) + (outcomes[i]?.stored ?? 0)));
    const closed = new Map<number, StreamClosing>(batch.closed.map(closing => [closing.id, closing]));
    for (const { id, startedAt, transport, remote, path, headers } of batch.opened) {
      const endedAt = closed.get(id)?.endedAt ?? null;
      insertStream.run(id, startedAt, endedAt, transport, remote ?? null, path ?? null, headers, stored.get(id) ?? 0);
      stored.delete(id);
      closed.delete(id);
    }
    for (const { id, endedAt } of closed.values()) {
      updateStream.run(stored.get(id) ?? 0, endedAt, id);
      stored.delete(id);
    }
    for (const [id, count] of stored) if (count > 0) updateStream.run(count, null, id);
  }

  /** Notes what a transaction that is being undone leaves behind. */
  function noteFailure(batches: readonly Batch[]): void {
    for (const { id } of batches.flatMap(batch => batch.opened)) failed.set(id, false);
    for (const { stream } of batches.flatMap(batch => batch.runs)) {
      if (!failed.has(stream)) failed.set(stream, true);
    }
    overdue = [...overdue, ...batches.flatMap(batch => batch.closed).filter(({ id }) => failed.get(id) !== false)];
  }

  return {
    lastStreamId,
    append(batches) {
      try {
        check();
        begin.run();
        const outcomes = batches.map(batch => {
          const runs = events.insert(batch, stream => failed.has(stream));
          writeStreams(batch, runs);
          return runs;
        });
        for (const { id, endedAt } of overdue) updateStream.run(0, endedAt, id);
        events.beforeCommit();
        commit.run();
        overdue = [];
        events.committed();
        return outcomes;
      } catch (error) {
        noteFailure(batches);
        events.rolledBack();
        if (db.inTransaction) db.exec('rollback');
        throw error;
      } finally {
        for (const { id } of batches.flatMap(batch => batch.closed)) failed.delete(id);
      }
    },
  };
}
