import type { Database } from 'better-sqlite3';
import type { Batch, StreamClosing } from './batch.js';
import { eventInserter, type RunOutcome } from './insert-events.js';

/** Appends batches to the journal, one transaction each. */
export interface Appender {
  /** The highest id that a stream has had so far. */
  readonly lastStreamId: number;
  /**
   * Stores a batch, whole or not at all; when it returns, it is on disk as the connection's durability says.
   * Outcomes are in the order of `batch.runs`; null is a run that was left out because its stream failed before.
   * @throws what SQLite throws (`SQLITE_FULL`, `SQLITE_IOERR_*`, `SQLITE_BUSY`); nothing of the batch is stored then.
   */
  append(batch: Batch): (RunOutcome | null)[];
}

/** Creates the appender of the store's one writer. Streams that a crash left open are closed. */
export function createAppender(db: Database): Appender {
  const events = eventInserter(db);
  /** Streams that a failed batch had a part in: storing more of them would leave a hole that no reply tells of. */
  const failed = new Set<number>();

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

  function insertRuns(batch: Batch): (RunOutcome | null)[] {
    const bytes = Buffer.from(batch.bytes.buffer, batch.bytes.byteOffset, batch.bytes.byteLength);
    let next = 0;
    return batch.runs.map(run => {
      const first = next;
      next += run.count;
      return failed.has(run.stream) ? null : events.insert(batch, bytes, run, first);
    });
  }

  function writeStreams(batch: Batch, outcomes: readonly (RunOutcome | null)[]): void {
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

  return {
    lastStreamId,
    append(batch) {
      try {
        begin.run();
        const outcomes = insertRuns(batch);
        writeStreams(batch, outcomes);
        commit.run();
        events.committed();
        return outcomes;
      } catch (error) {
        if (db.inTransaction) db.exec('rollback');
        events.rolledBack();
        for (const { stream } of batch.runs) failed.add(stream);
        for (const { id } of batch.opened) failed.add(id);
        throw error;
      } finally {
        for (const { id } of batch.closed) failed.delete(id);
      }
    },
  };
}
