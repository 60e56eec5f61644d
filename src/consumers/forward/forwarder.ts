import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Micros } from '../../core/duration.js';
import { messageOf } from '../../core/errors.js';
import { faultPoint } from '../../core/fault-point.js';
import { pause } from '../../core/sleep.js';
import { usualQueryMemory } from '../../query/sandbox/memory-limit.js';
import { openSession, type Session } from '../../query/session.js';
import { isOutOfMemory } from '../../store/archive/memory.js';
import { RemoteLedger, type RemoteProgress } from '../../store/catalog/remotes.js';
import type { StoreDatabase } from '../../store/database/store.js';
import { syncLog } from '../../store/database/sync-log.js';
import { RefusedBatch, type Batch, type RemoteConnection, type RemoteKind } from '../remotes/kind.js';
import type { Remote } from '../remotes/remote.js';
import { redacting } from './redacted-events.js';
import { BatchTiming } from './batch-timing.js';
import { Batches, type IdRange, type WaitingRange } from './batches.js';
import { damageOf } from './damaged-segments.js';
import { lastIdOf } from './last-id.js';
import { forwardContext } from './remote-context.js';
import { remoteFolder } from './remote-folder.js';

/** DuckDB's memory limit for one remote, in bytes: a batch is written row group by row group. */
const MEMORY = 192 * 1024 * 1024;

/** The limit for events that are too large for {@link MEMORY}, in bytes. */
const MAX_MEMORY = Math.max(MEMORY, usualQueryMemory());

/** A remote to forward to, and the store of its events. */
export interface ForwardOptions {
  readonly remote: Remote;
  readonly kind: RemoteKind;
  /** The store's directory. */
  readonly dir: string;
  /** A connection by `openForForwarding`. */
  readonly db: StoreDatabase;
  readonly signal: AbortSignal;
  /** The present, in microseconds since 1970. */
  readonly now: () => Micros;
}

/** The numbers of events and bytes sent, and of events that the remote refused. */
export interface ForwardStep {
  readonly events: number;
  readonly bytes: number;
  readonly rejected: number;
}

const NOTHING: ForwardStep = { events: 0, bytes: 0, rejected: 0 };

/**
 * Connects to a remote, and adopts the cursor that the remote records.
 * @throws the error of {@link RemoteKind.connect}.
 */
export async function openForwarder(options: ForwardOptions): Promise<Forwarder> {
  const { remote, kind, dir, db, signal } = options;
  const createdAt = new RemoteLedger(db).createdAt(remote.name);
  const connection = await kind.connect(forwardContext(remote, options));
  const folder = join(remoteFolder(dir, remote.name), 'batch');
  let session: Session | undefined;
  try {
    const ledger = new RemoteLedger(db);
    const position = await connection.position();
    const progress = ledger.progress(remote.name);
    if (position !== undefined && progress && differs(position, progress)) {
      ledger.moveTo(remote.name, position);
    }
    // Left by a process that was killed.
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    session = await sessionOf(options, folder, MEMORY);
    const { peer } = connection;
    const lastId = (): number => lastIdOf(db);
    const batches = new Batches({ session, remote, kind, ledger, lastId, peer, folder, signal });
    return new Forwarder(options, { connection, session, ledger, batches, folder, createdAt });
  } catch (error) {
    session?.close();
    await connection.close();
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/**
 * True when a remote's own position overrides the store's cursor: it has received more than the store recorded, or has
 * lost a batch. A position between the last batch and the cursor does not: the ids between were not its events.
 */
function differs(position: number, { cursorId, sentId }: RemoteProgress): boolean {
  return position > cursorId || position < sentId;
}

/** Opens a session over the events after the cursor. Damaged segments before it do no harm. */
function sessionOf({ remote, dir, db, signal, now }: ForwardOptions, folder: string, memory: number): Promise<Session> {
  const fromId = (new RemoteLedger(db).progress(remote.name)?.cursorId ?? 0) + 1;
  const options = { dir, fromId, memory, signal, writableFolder: folder, keepsOrder: false, ...redacting(remote, dir) };
  return openSession({ ...options, onDamaged: damageOf(remote, db, now) });
}

interface ForwarderParts {
  readonly connection: RemoteConnection;
  readonly session: Session;
  /** Distinguishes the remote from a later one of the same name. */
  readonly createdAt: Micros | undefined;
  readonly ledger: RemoteLedger;
  readonly batches: Batches;
  readonly folder: string;
}

/** Sends the events of a store to one remote, batch by batch. */
export class Forwarder {
  readonly #options: ForwardOptions;
  readonly #parts: ForwarderParts;
  readonly #timing: BatchTiming;
  #session: Session;
  #memory = MEMORY;

  constructor(options: ForwardOptions, parts: ForwarderParts) {
    this.#options = options;
    this.#parts = parts;
    this.#timing = new BatchTiming(options.kind);
    this.#session = parts.session;
  }

  /**
   * Sends the next batch.
   * @param isWaiting true to wait for `minBatch` events, up to `maxDelayMs`: see {@link RemoteKind}.
   * @returns undefined when there is no batch to send, or the remote was paused or removed.
   * @throws the error of the remote; the cursor stays, so that a retry sends the batch again.
   */
  async step(isWaiting = false): Promise<ForwardStep | undefined> {
    const { remote } = this.#options;
    const { ledger, batches } = this.#parts;
    const progress = ledger.progress(remote.name);
    if (!progress || progress.isPaused || !this.#isThere()) return undefined;
    const range = await batches.after(progress.cursorId, progress.pendingId);
    if (!range) return undefined;
    const isDue = !isWaiting || progress.pendingId !== undefined || this.#isDue(range);
    return isDue ? this.#send(range) : undefined;
  }

  /** Does one step of the remote's maintenance while no event waits. Returns true when there is more to do. */
  async maintain(): Promise<boolean> {
    return (await this.#parts.connection.maintain?.(this.#options.signal)) ?? false;
  }

  #isDue(range: WaitingRange): boolean {
    const ids = range.toId - range.afterId;
    const isFull = this.#parts.batches.isFull(range);
    return this.#timing.isDue({ ids, isFull, isSealed: range.isSealed }, this.#options.now());
  }

  async close(): Promise<void> {
    const { connection, folder } = this.#parts;
    this.#session.close();
    rmSync(folder, { recursive: true, force: true });
    await connection.close();
  }

  /** Sends the events of a range, in halves when the remote refuses their content or they do not fit into memory. */
  async #send(range: IdRange): Promise<ForwardStep> {
    try {
      return await this.#sendBatch(await this.#parts.batches.open(range));
    } catch (error) {
      if (!isOutOfMemory(error)) throw error;
      return this.#sendLarge(range, error);
    }
  }

  async #sendBatch(batch: Batch): Promise<ForwardStep> {
    const { remote, kind, signal, now } = this.#options;
    const { connection, ledger, batches } = this.#parts;
    if (batch.events === 0) {
      this.#record(() => ledger.pass(remote.name, batch.toId));
      batches.sent(batch, 0);
      return NOTHING;
    }
    if (kind.keepsBatches === true) this.#record(() => ledger.begin(remote.name, batch.toId));
    // A power cut must not take back events that have left: the store would give their ids to others.
    syncLog(this.#options.db);
    faultPoint('forward:begun');
    const started = performance.now();
    try {
      const { bytes, warning, events = batch.events } = await connection.send(batch);
      faultPoint('forward:sent');
      this.#record(() => ledger.sent(remote.name, { toId: batch.toId, events, bytes, warning }, now()));
      batches.sent(batch, bytes);
      await this.#throttle(bytes, started, signal);
      return { events, bytes, rejected: 0 };
    } catch (error) {
      if (!(error instanceof RefusedBatch)) throw error;
      return this.#halve(batch, error);
    }
  }

  /** Sends a refused batch in halves. A single refused event is recorded and skipped. */
  async #halve({ afterId, toId, events }: Batch, refusal: RefusedBatch): Promise<ForwardStep> {
    if (toId - afterId > 1) return this.#sendHalves({ afterId, toId });
    this.#reject(toId, messageOf(refusal));
    return { events: 0, bytes: 0, rejected: events };
  }

  /** Sends a batch that did not fit into memory: in halves, or with more memory when it cannot be halved. */
  async #sendLarge(range: IdRange, error: unknown): Promise<ForwardStep> {
    const isOne = range.toId - range.afterId === 1;
    if (!isOne && (await this.#mayHalve(range))) {
      this.#parts.batches.tooLarge(range);
      return this.#sendHalves(range);
    }
    if (this.#memory < MAX_MEMORY) {
      await this.#growTo(Math.min(MAX_MEMORY, 2 * this.#memory));
      return this.#send(range);
    }
    if (!isOne) throw error;
    this.#reject(range.toId, `sending it takes more than ${Math.floor(MAX_MEMORY / 1024 / 1024)} MiB of memory`);
    return { events: 0, bytes: 0, rejected: 1 };
  }

  /** True for a batch that may be sent as two: it need not be repeated as it was, or the remote has nothing of it. */
  async #mayHalve(range: IdRange): Promise<boolean> {
    if (this.#options.kind.keepsBatches !== true) return true;
    return this.#memory >= MAX_MEMORY && (await this.#parts.connection.hasAny?.(range)) === false;
  }

  async #growTo(memory: number): Promise<void> {
    this.#session.close();
    this.#memory = memory;
    this.#session = await sessionOf(this.#options, this.#parts.folder, memory);
    this.#parts.batches.use(this.#session);
  }

  async #sendHalves({ afterId, toId }: IdRange): Promise<ForwardStep> {
    const middle = afterId + Math.floor((toId - afterId) / 2);
    const first = await this.#send({ afterId, toId: middle });
    const second = await this.#sendTo(middle, toId);
    return sum(first, second);
  }

  #reject(eventId: number, reason: string): void {
    const { remote, now } = this.#options;
    const { ledger } = this.#parts;
    this.#record(() => {
      ledger.reject(remote.name, { eventId, reason }, now());
      ledger.pass(remote.name, eventId);
    });
  }

  /** True while the remote that was opened exists, not a later one of the same name. */
  #isThere(): boolean {
    const { ledger, createdAt } = this.#parts;
    return ledger.createdAt(this.#options.remote.name) === createdAt;
  }

  /** Writes to the ledger, unless the remote was removed: a later one of the same name has its own progress. */
  #record(write: () => void): void {
    this.#options.db
      .transaction(() => {
        if (this.#isThere()) write();
      })
      .immediate();
  }

  /** Sends the ids `(afterId, toId]` in as many batches as needed. */
  async #sendTo(afterId: number, toId: number): Promise<ForwardStep> {
    let total = NOTHING;
    for (;;) {
      const cursorId = this.#parts.ledger.progress(this.#options.remote.name)?.cursorId;
      if (cursorId === undefined || cursorId >= toId || !this.#isThere()) return total;
      total = sum(total, await this.#send({ afterId: Math.max(cursorId, afterId), toId }));
    }
  }

  /** Waits until `bytes` bytes sent since `started` are within the bandwidth of the remote. */
  async #throttle(bytes: number, started: number, signal: AbortSignal): Promise<void> {
    const { bandwidth } = this.#options.remote.definition;
    if (bandwidth === undefined) return;
    const restMs = (bytes / bandwidth) * 1000 - (performance.now() - started);
    if (restMs > 0) await pause(restMs, signal);
  }
}

function sum(a: ForwardStep, b: ForwardStep): ForwardStep {
  return { events: a.events + b.events, bytes: a.bytes + b.bytes, rejected: a.rejected + b.rejected };
}
