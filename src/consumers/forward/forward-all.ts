import { setMaxListeners } from 'node:events';
import type { Micros } from '../../core/duration.js';
import { messageOf } from '../../core/errors.js';
import { pause } from '../../core/sleep.js';
import { readCredentials } from '../../store/catalog/credentials.js';
import { RemoteLedger } from '../../store/catalog/remotes.js';
import type { StoreDatabase } from '../../store/database/store.js';
import { watchStore } from '../../store/database/store-watch.js';
import { lockRemote } from '../../store/locks/remote-lock.js';
import type { Remote } from '../remotes/remote.js';
import { isFlushWanted } from './flush-request.js';
import { openForForwarding } from './open-for-forwarding.js';
import { openForwarder } from './forwarder.js';
import { kindFor } from './kinds.js';
import { lastIdOf } from './last-id.js';
import { hideSecrets, readRemotes, withSecrets, type StoredRemote } from './load-remote.js';
import { nextTryAt } from './retry.js';

/** Interval of checks for new remotes and due retries, in milliseconds. */
const LOOK_MS = 250;

/**
 * Time without events after which a connection is closed, in milliseconds. A quarter of it without connections ends
 * forwarding.
 */
const IDLE_MS = 10_000;

/** Delay after a commit, in milliseconds, so that events which arrive one by one are sent together. */
const GATHER_MS = 200;

/** Callbacks of {@link forwardAll}. */
export interface ForwardObserver {
  /** Called after a batch. */
  sent(remote: string, events: number): void;
  /** Called when a remote begins to fail, and when it works again, with a line for the log. */
  changed(remote: string, text: string): void;
}

/** The options of {@link forwardAll}. */
export interface ForwardAllOptions {
  /** The store's directory. */
  readonly dir: string;
  readonly observer: ForwardObserver;
  readonly now: () => Micros;
}

/**
 * Forwards the events of a store to all of its remotes concurrently: a remote that is slow or down delays no other.
 * Resolves once no remote has had work for a while, or on abort.
 * @throws TelemetryError when the store cannot be opened.
 */
export async function forwardAll(options: ForwardAllOptions, signal: AbortSignal): Promise<void> {
  // Each remote adds listeners, and Node warns of a leak above ten.
  setMaxListeners(0, signal);
  const db = openForForwarding(options.dir);
  const ledger = new RemoteLedger(db);
  const changes = new Changes(options.dir, signal);
  const running = new Map<string, Promise<void>>();
  let idleSince = performance.now();
  try {
    while (!signal.aborted) {
      for (const stored of readRemotes(db)) {
        if (running.has(stored.name) || !hasWork(db, ledger, stored.name, options.now())) continue;
        const run = new RemoteRun(stored, { ...options, db, ledger, changes }, signal).run();
        running.set(
          stored.name,
          run.finally(() => running.delete(stored.name)),
        );
      }
      if (running.size > 0) idleSince = performance.now();
      if (performance.now() - idleSince > IDLE_MS / 4) return;
      await pause(LOOK_MS, signal);
    }
  } finally {
    await Promise.allSettled(running.values());
    changes.close();
    db.close();
  }
}

/** True for a remote that is due and lacks events of the store. */
function hasWork(db: StoreDatabase, ledger: RemoteLedger, remote: string, now: Micros): boolean {
  const progress = ledger.progress(remote);
  if (!progress || progress.isPaused || (progress.nextAt ?? 0) > now) return false;
  return progress.cursorId < lastIdOf(db);
}

/** Wakes waiting remotes when the store has a new commit. */
class Changes {
  readonly #aborter = new AbortController();
  #waiting = new Set<() => void>();

  constructor(dir: string, signal: AbortSignal) {
    void this.#follow(dir, AbortSignal.any([signal, this.#aborter.signal]));
  }

  /** Resolves at the next commit, after `ms` milliseconds, or on abort, whichever comes first. */
  async next(ms: number, signal: AbortSignal): Promise<void> {
    const done = new AbortController();
    let wake = (): void => undefined;
    const commit = new Promise<void>(resolve => {
      wake = resolve;
      this.#waiting.add(wake);
    });
    try {
      await Promise.race([pause(ms, AbortSignal.any([signal, done.signal])), commit]);
    } finally {
      done.abort();
      this.#waiting.delete(wake);
    }
  }

  close(): void {
    this.#aborter.abort();
  }

  async #follow(dir: string, signal: AbortSignal): Promise<void> {
    const changes = watchStore(dir, signal);
    // A store that cannot be read fails in the remotes that use it.
    while (!(await changes.next().catch(() => ({ done: true }))).done) {
      const waiting = this.#waiting;
      this.#waiting = new Set();
      for (const resolve of waiting) resolve();
    }
  }
}

interface RunParts extends ForwardAllOptions {
  readonly db: StoreDatabase;
  readonly ledger: RemoteLedger;
  readonly changes: Changes;
}

/** Forwards to one remote until no events arrive for a while, it fails, or it is removed. */
class RemoteRun {
  readonly #stored: StoredRemote;
  readonly #parts: RunParts;
  readonly #signal: AbortSignal;
  /** True after a failed try, until the next success. */
  #hasFailed: boolean;

  constructor(stored: StoredRemote, parts: RunParts, signal: AbortSignal) {
    this.#stored = stored;
    this.#parts = parts;
    this.#signal = signal;
    this.#hasFailed = (parts.ledger.progress(stored.name)?.attempts ?? 0) > 0;
  }

  /** Never rejects: a failure is recorded, with the time of the next try. */
  async run(): Promise<void> {
    const { dir } = this.#parts;
    const { name } = this.#stored;
    let unlock: (() => void) | undefined;
    let remote: Remote | undefined;
    try {
      unlock = lockRemote(dir, name);
      if (!unlock) {
        await pause(LOOK_MS, this.#signal);
        return;
      }
      remote = withSecrets(this.#stored, readCredentials(dir, name));
      await this.#forward(remote);
    } catch (error) {
      if (this.#signal.aborted || !this.#isSame()) return;
      const message = messageOf(error);
      this.#failed(remote ? hideSecrets(remote, message) : message, error);
    } finally {
      unlock?.();
    }
  }

  async #forward(remote: Remote): Promise<void> {
    const { dir, db, now, changes, observer } = this.#parts;
    const signal = this.#signal;
    const forwarder = await openForwarder({ remote, kind: await kindFor(remote.url), dir, db, signal, now });
    try {
      let idleSince = performance.now();
      while (!signal.aborted && this.#isSame()) {
        const step = await forwarder.step(!this.#isAskedToFlush());
        if (step) {
          this.#works();
          observer.sent(remote.name, step.events);
          idleSince = performance.now();
        } else {
          if (await forwarder.maintain()) continue;
          if (performance.now() - idleSince > IDLE_MS && !this.#hasEvents()) return;
          await changes.next(IDLE_MS / 4, signal);
          await pause(GATHER_MS, signal);
        }
      }
    } finally {
      await forwarder.close();
    }
  }

  /** True while another process waits for events that are too few for a batch. */
  #isAskedToFlush(): boolean {
    const { dir, ledger } = this.#parts;
    const { name } = this.#stored;
    return isFlushWanted(dir, name, ledger.progress(name)?.cursorId ?? Infinity);
  }

  #hasEvents(): boolean {
    const { db, ledger, now } = this.#parts;
    return hasWork(db, ledger, this.#stored.name, now());
  }

  /** True while the remote that was opened exists, not a later one of the same name. */
  #isSame(): boolean {
    const { name, createdAt } = this.#stored;
    return this.#parts.ledger.createdAt(name) === createdAt;
  }

  #works(): void {
    if (!this.#hasFailed) return;
    this.#hasFailed = false;
    this.#parts.observer.changed(this.#stored.name, `forwarding to ${this.#stored.name} works again`);
  }

  #failed(message: string, error: unknown): void {
    const { ledger, now, observer } = this.#parts;
    const { name } = this.#stored;
    const line = message.split('\n', 1)[0]!;
    const failures = (ledger.progress(name)?.attempts ?? 0) + 1;
    ledger.failed(name, line, now(), nextTryAt(now(), failures, error));
    if (failures === 1) observer.changed(name, `cannot forward to ${name}, retrying: ${line}`);
  }
}
