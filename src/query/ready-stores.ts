import { OpenedStore, type StoreOptions } from './opened-store.js';
import { rowsOf } from './result/rows.js';
import { openEngine, type Engine } from './sandbox/engine.js';

/** A statement that makes DuckDB read the ends of all files, start its threads, and read a row. */
const WARM_UP = 'select id from events limit 1';

/**
 * Opens a store for the next session ahead, and closes used ones later: a question then waits neither for DuckDB to open
 * and to close, nor for the ends of the segments' files. Between sessions it holds no snapshot.
 */
export class ReadyStores {
  /** As the last session named it: plans show the paths of files. */
  #dir: string;
  readonly #memory: number;
  readonly #used: Engine[] = [];
  #next: Promise<OpenedStore | undefined> | undefined;

  /**
   * @param dir the store's directory.
   * @param memory of each session, in bytes.
   */
  constructor(dir: string, memory: number) {
    this.#dir = dir;
    this.#memory = memory;
  }

  /** The store that was opened ahead, else one that is opened now. @throws TelemetryError as {@link OpenedStore.open}. */
  async take(options: StoreOptions): Promise<OpenedStore> {
    const next = this.#next;
    this.#next = undefined;
    this.#dir = options.dir;
    const ready = await next;
    try {
      if (await ready?.fit(options)) return ready!;
    } catch (error) {
      ready?.close();
      throw error;
    }
    ready?.close();
    return OpenedStore.open(options, () => this.#openEngine());
  }

  /** Opens the next store, then closes those whose sessions have ended. */
  renew(): void {
    const used = this.#used.splice(0);
    this.#next ??= this.#open();
    void this.#next.then(() => closeAll(used));
  }

  /** Closes the stores whose sessions have ended, and the next one. */
  async close(): Promise<void> {
    closeAll(this.#used.splice(0));
    const next = this.#next;
    this.#next = undefined;
    (await next)?.close();
    closeAll(this.#used.splice(0));
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

function closeAll(engines: readonly Engine[]): void {
  for (const engine of engines) engine.close();
}
