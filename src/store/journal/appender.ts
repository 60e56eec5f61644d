import type { Database, Statement } from 'better-sqlite3';
import { faultPoint } from '../../core/fault-point.js';
import type { Batch, StreamClosing } from './batch.js';
import type { ImportedBatch } from './imported-batch.js';
import { EventInserter, type RunOutcome } from './insert-events.js';

/** The outcomes of the runs of a batch, in order; null for a run that was skipped because its stream had failed. */
export type BatchOutcome = readonly (RunOutcome | null)[];

/** Appends batches to the journal of a store, which has one writer. */
export class Appender {
  /** The highest id that a stream has had so far. */
  readonly lastStreamId: number;
  readonly #db: Database;
  readonly #check: () => void;
  readonly #events: EventInserter;
  readonly #begin: Statement;
  readonly #commit: Statement;
  readonly #insertStream: Statement;
  readonly #updateStream: Statement;
  /**
   * Streams that a failed batch had a part in: storing more of them would leave a gap that no reply reports. True for a
   * stream whose row is stored.
   */
  readonly #failed = new Map<number, boolean>();
  /** The ends of stored streams that a failed transaction should have stored; the next one does. */
  #overdue: readonly StreamClosing[] = [];

  /**
   * Closes the streams that a crash left open.
   * @param check throws when nothing may be stored now; the batches have then failed, as if SQLite had thrown.
   */
  constructor(db: Database, check: () => void = () => undefined) {
    this.#db = db;
    this.#check = check;
    this.#events = new EventInserter(db);
    this.#begin = db.prepare('begin immediate');
    this.#commit = db.prepare('commit');
    this.#insertStream = db.prepare(
      `insert into streams(id, started_at, ended_at, transport, remote, path, headers, events, origin)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#updateStream = db.prepare(
      'update streams set events = events + ?, ended_at = coalesce(?, ended_at) where id = ?',
    );
    db.prepare(
      `update streams set ended_at = max(started_at, coalesce((select received_at from events order by id desc limit 1), 0))
       where ended_at is null`,
    ).run();
    this.lastStreamId = db.prepare<[], number | null>('select max(id) from streams').pluck().get() ?? 0;
  }

  /**
   * Stores batches in one transaction, all or nothing; when it returns, they are on disk as the connection's
   * durability says. Returns an outcome per batch.
   * @throws the error of SQLite (`SQLITE_FULL`, `SQLITE_IOERR_*`, `SQLITE_BUSY`); nothing of the batches is stored then.
   */
  append(batches: readonly Batch[]): BatchOutcome[] {
    try {
      this.#check();
      this.#begin.run();
      const outcomes = batches.map(batch => this.#insert(batch));
      for (const { id, endedAt } of this.#overdue) this.#updateStream.run(0, endedAt, id);
      this.#events.beforeCommit();
      this.#commit.run();
      this.#overdue = [];
      this.#events.committed();
      return outcomes;
    } catch (error) {
      this.#noteFailure(batches);
      this.#events.rolledBack();
      if (this.#db.inTransaction) this.#db.exec('rollback');
      throw error;
    } finally {
      for (const { id } of batches.flatMap(batch => batch.closed)) this.#failed.delete(id);
    }
  }

  /**
   * Registers segments in one transaction, which is on disk when this returns.
   * @returns false when other events came first; nothing has changed then.
   * @throws the error of SQLite; nothing has changed then.
   */
  register(batch: ImportedBatch): boolean {
    try {
      this.#check();
      this.#begin.run();
      const isRegistered = this.#events.register(batch);
      if (isRegistered) {
        const { id, startedAt, endedAt, transport, remote, path, headers } = batch.stream;
        const values = [id, startedAt, endedAt, transport, remote ?? null, path ?? null, headers, batch.events];
        this.#insertStream.run(...values, null);
        this.#events.beforeCommit();
      }
      faultPoint('import:before-commit');
      this.#commit.run();
      this.#events.committed();
      return isRegistered;
    } catch (error) {
      this.#events.rolledBack();
      if (this.#db.inTransaction) this.#db.exec('rollback');
      throw error;
    }
  }

  #insert(batch: Batch): BatchOutcome {
    const outcomes = this.#events.insert(batch, stream => this.#failed.has(stream));
    this.#writeStreams(batch, outcomes);
    return outcomes;
  }

  #writeStreams(batch: Batch, outcomes: BatchOutcome): void {
    const stored = new Map<number, number>();
    batch.runs.forEach(({ stream }, i) => stored.set(stream, (stored.get(stream) ?? 0) + (outcomes[i]?.stored ?? 0)));
    const closed = new Map<number, StreamClosing>(batch.closed.map(closing => [closing.id, closing]));
    for (const { id, startedAt, transport, remote, path, headers, origin } of batch.opened) {
      const endedAt = closed.get(id)?.endedAt ?? null;
      const events = stored.get(id) ?? 0;
      const texts = [transport, remote ?? null, path ?? null, headers];
      this.#insertStream.run(id, startedAt, endedAt, ...texts, events, origin ?? null);
      stored.delete(id);
      closed.delete(id);
    }
    for (const { id, endedAt } of closed.values()) {
      this.#updateStream.run(stored.get(id) ?? 0, endedAt, id);
      stored.delete(id);
    }
    for (const [id, count] of stored) if (count > 0) this.#updateStream.run(count, null, id);
  }

  /** Notes what a transaction that is being undone leaves behind. */
  #noteFailure(batches: readonly Batch[]): void {
    const failed = this.#failed;
    for (const { id } of batches.flatMap(batch => batch.opened)) failed.set(id, false);
    for (const { stream } of batches.flatMap(batch => batch.runs)) {
      if (!failed.has(stream)) failed.set(stream, true);
    }
    const ended = batches.flatMap(batch => batch.closed).filter(({ id }) => failed.get(id) !== false);
    this.#overdue = [...this.#overdue, ...ended];
  }
}
