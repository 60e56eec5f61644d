import type { Micros } from '../../core/duration.js';
import { messageOf, TelemetryError } from '../../core/errors.js';
import { pause } from '../../core/sleep.js';
import { RemoteLedger } from '../../store/catalog/remotes.js';
import type { StoreDatabase } from '../../store/database/store.js';
import { lockRemote } from '../../store/locks/remote-lock.js';
import type { Remote } from '../remotes/remote.js';
import { requestFlush } from './flush-request.js';
import { openForForwarding } from './open-for-forwarding.js';
import { openForwarder, type Forwarder, type ForwardStep } from './forwarder.js';
import { kindFor } from './kinds.js';
import { lastIdOf } from './last-id.js';
import { hideSecrets, loadRemote } from './load-remote.js';
import { nextTryAt } from './retry.js';

/** Interval of checks for new events, and of the progress of another process, in milliseconds. */
const LOOK_MS = 250;

/** The options of {@link forwardNow}. */
export interface ForwardNowOptions {
  /** The store's directory. */
  readonly dir: string;
  readonly name: string;
  /** True to return once the remote has every event that is in the store now; false waits for new events. */
  readonly untilCurrent: boolean;
  readonly now: () => Micros;
  /** Called after each batch. */
  readonly onStep: (progress: ForwardTotals) => void;
  /** Called with a line for the user: another process already forwards to the remote, or a try failed. */
  readonly onNote: (text: string) => Promise<void>;
}

/** The totals of a run, and the number of events that wait. */
export interface ForwardTotals extends ForwardStep {
  /** Number of ids after the cursor. */
  readonly waiting: number;
}

/**
 * Forwards events to one remote in this process. While another process forwards to the same remote, this one waits, and
 * counts the other's progress. Without `untilCurrent`, failures are retried.
 * @throws TelemetryError `failure` when the remote fails, is paused or is removed; `noStore`.
 */
export async function forwardNow(options: ForwardNowOptions, signal: AbortSignal): Promise<ForwardTotals> {
  const remote = loadRemote(options.dir, options.name);
  const db = openForForwarding(options.dir);
  try {
    return await new ManualRun(options, remote, db, signal).run();
  } catch (error) {
    if (error instanceof TelemetryError && error.kind !== 'failure') throw error;
    throw new TelemetryError('failure', `cannot forward to ${remote.name}: ${hideSecrets(remote, messageOf(error))}`, {
      ...(error instanceof TelemetryError && error.remedy !== undefined && { remedy: error.remedy }),
    });
  } finally {
    db.close();
  }
}

class ManualRun {
  readonly #options: ForwardNowOptions;
  readonly #remote: Remote;
  readonly #db: StoreDatabase;
  readonly #ledger: RemoteLedger;
  readonly #signal: AbortSignal;
  readonly #targetId: number;
  readonly #startedAt: Micros;
  /** Distinguishes the remote from a later one of the same name. */
  readonly #createdAt: Micros | undefined;
  #total: ForwardStep = { events: 0, bytes: 0, rejected: 0 };

  constructor(options: ForwardNowOptions, remote: Remote, db: StoreDatabase, signal: AbortSignal) {
    this.#options = options;
    this.#remote = remote;
    this.#db = db;
    this.#ledger = new RemoteLedger(db);
    this.#signal = signal;
    this.#targetId = lastIdOf(db);
    this.#startedAt = options.now();
    this.#createdAt = this.#ledger.createdAt(remote.name);
  }

  async run(): Promise<ForwardTotals> {
    const unlock = await this.#lock();
    if (!unlock) return this.#totals();
    try {
      while (!this.#isDone()) {
        try {
          await this.#forward();
        } catch (error) {
          if (this.#signal.aborted) break;
          await this.#retryLater(error);
        }
      }
      return this.#totals();
    } finally {
      unlock();
    }
  }

  /** Waits for the lock; undefined on abort, or once another process has sent the events. */
  async #lock(): Promise<(() => void) | undefined> {
    const { dir, onNote, untilCurrent } = this.#options;
    for (let looks = 0; !this.#isDone(); looks++) {
      const unlock = lockRemote(dir, this.#remote.name);
      if (unlock) return unlock;
      if (looks === 0 && untilCurrent) requestFlush(dir, this.#remote.name, this.#targetId);
      if (looks === 1) await onNote(`another process is forwarding to ${this.#remote.name}; waiting for it`);
      const { error, errorAt = 0 } = this.#progress();
      const isNew = errorAt >= this.#startedAt;
      if (error !== undefined && isNew && untilCurrent) throw new TelemetryError('failure', error);
      await pause(LOOK_MS, this.#signal);
    }
    return undefined;
  }

  async #forward(): Promise<void> {
    const { dir, now, onStep } = this.#options;
    const kind = await kindFor(this.#remote.url);
    const signal = this.#signal;
    let forwarder: Forwarder | undefined;
    try {
      forwarder = await openForwarder({ remote: this.#remote, kind, dir, db: this.#db, signal, now });
      while (!this.#isDone()) {
        const step = await forwarder.step();
        if (!step) await pause(LOOK_MS, signal);
        else {
          const { events, bytes, rejected } = this.#total;
          this.#total = {
            events: events + step.events,
            bytes: bytes + step.bytes,
            rejected: rejected + step.rejected,
          };
          onStep(this.#totals());
        }
      }
    } finally {
      await forwarder?.close();
    }
  }

  /** Records a failure and waits for the next try. @throws the error itself with `untilCurrent`. */
  async #retryLater(error: unknown): Promise<void> {
    const { now, untilCurrent, onNote } = this.#options;
    const line = hideSecrets(this.#remote, messageOf(error)).split('\n', 1)[0]!;
    const at = now();
    const nextAt = nextTryAt(at, this.#progress().attempts + 1, error);
    this.#ledger.failed(this.#remote.name, line, at, nextAt);
    if (untilCurrent) throw error;
    await onNote(`cannot forward to ${this.#remote.name}, next try in ${((nextAt - at) / 1e6).toFixed(1)} s: ${line}`);
    await pause((nextAt - at) / 1000, this.#signal);
  }

  #isDone(): boolean {
    if (this.#signal.aborted) return true;
    return this.#options.untilCurrent && this.#progress().cursorId >= this.#targetId;
  }

  #totals(): ForwardTotals {
    return { ...this.#total, waiting: Math.max(0, lastIdOf(this.#db) - this.#progress().cursorId) };
  }

  #progress(): NonNullable<ReturnType<RemoteLedger['progress']>> {
    const { name } = this.#remote;
    const progress = this.#ledger.progress(name);
    if (!progress || this.#ledger.createdAt(name) !== this.#createdAt)
      throw new TelemetryError('failure', `the remote ${name} was removed`);
    if (progress.isPaused) {
      throw new TelemetryError('failure', `the remote ${name} is paused`, {
        remedy: `Continue with: telemetry remote resume ${name}`,
      });
    }
    return progress;
  }
}
