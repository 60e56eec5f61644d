import { needsOwnSandbox, OpenedStore, type StoreOptions } from './opened-store.js';
import { rowsOf } from './result/rows.js';
import { openEngine, type Engine } from './sandbox/engine.js';

/** A statement that makes DuckDB read the ends of all files, start its threads, and read a row. */
const WARM_UP = 'select id from events limit 1';

/** A session longer than this, in milliseconds, may have filled its DuckDB's memory, which is closed then. */
const SHORT_SESSION_MS = 500;

/**
 * Keeps the store of the last session, and opens one for the next session ahead: a question then waits neither for DuckDB
 * to open, to start its threads and to close, nor for the ends of the segments' files. Between sessions it holds no
 * snapshot.
 */
export class ReadyStores {
  /** As the last session named it: plans show the paths of files. */
  #dir: string;
  readonly #memory: number;
  readonly #used: Engine[] = [];
  #next: Promise<OpenedStore | undefined> | undefined;
  /** That of the last session, whose settings are locked. */
  #kept: OpenedStore | undefined;
  /** The times at which sessions took them, in milliseconds since the start of the process. */
  readonly #takenAt = new WeakMap<OpenedStore, number>();

  /**
   * @param dir the store's directory.
   * @param memory of each session, in bytes.
   */
  constructor(dir: string, memory: number) {
    this.#dir = dir;
    this.#memory = memory;
  }

  /** A store for a session with these options. @throws TelemetryError as {@link OpenedStore.open}. */
  async take(options: StoreOptions): Promise<OpenedStore> {
    if (needsOwnSandbox(options)) return OpenedStore.open(options, () => this.#openEngine());
    this.#dir = options.dir;
    const store =
      (await fitting(this.#takeKept(), options)) ??
      (await fitting(this.#takeNext(), options)) ??
      (await OpenedStore.open(options, () => this.#openEngine()));
    this.#takenAt.set(store, performance.now());
    return store;
  }

  /** Takes back the store of a session that has left it clean. */
  giveBack(store: OpenedStore): void {
    // A store whose sandbox allows further files has no time: no other session may read them.
    const takenAt = this.#takenAt.get(store) ?? -Infinity;
    if (this.#kept || performance.now() - takenAt > SHORT_SESSION_MS) store.close();
    else this.#kept = store;
  }

  /** Opens the next store unless one is open, then closes those whose sessions have ended. */
  renew(): void {
    const used = this.#used.splice(0);
    this.#next ??= this.#open();
    void this.#next.then(() => closeAll(used));
  }

  /** Closes all stores but those of sessions. */
  async close(): Promise<void> {
    this.#takeKept()?.close();
    (await this.#takeNext())?.close();
    closeAll(this.#used.splice(0));
  }

  #takeKept(): OpenedStore | undefined {
    const kept = this.#kept;
    this.#kept = undefined;
    return kept;
  }

  #takeNext(): Promise<OpenedStore | undefined> | undefined {
    const next = this.#next;
    this.#next = undefined;
    return next;
  }

  /** Undefined for a store that cannot be read now: the question that opens it again gets the error. */
  async #open(): Promise<OpenedStore | undefined> {
    let store: OpenedStore | undefined;
    try {
      const options = { dir: this.#dir };
      store = await OpenedStore.open(options, () => this.#openEngine());
      const runner = store.runner(options);
      await rowsOf(await runner.query(WARM_UP));
      runner.stop();
      return store;
    } catch {
      store?.close();
      return undefined;
    }
  }

  async #openEngine(): Promise<Engine> {
    const engine = await openEngine(this.#memory);
    return { ...engine, close: () => void this.#used.push(engine) };
  }
}

/** The store, fitted to the options; undefined, and the store closed, where that cannot be. */
async function fitting(
  opened: Promise<OpenedStore | undefined> | OpenedStore | undefined,
  options: StoreOptions,
): Promise<OpenedStore | undefined> {
  const store = await opened;
  try {
    if (await store?.fit(options)) return store;
  } catch {
    // The store that is opened instead tells the error, if it remains.
  }
  store?.close();
  return undefined;
}

function closeAll(engines: readonly Engine[]): void {
  for (const engine of engines) engine.close();
}
