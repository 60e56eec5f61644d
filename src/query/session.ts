import type { StoredObject } from '../store/catalog/objects.js';
import type { Attribute } from '../core/attribute.js';
import type { Result } from '../core/result.js';
import { RESERVED_NAMES } from './named-views/built-in.js';
import { storedViewSql } from './named-views/named-views.js';
import { OpenedStore, type StoreOptions } from './opened-store.js';
import type { ReadyStores } from './ready-stores.js';
import { rowsOf } from './result/rows.js';
import { openEngine } from './sandbox/engine.js';
import { usualQueryMemory } from './sandbox/memory-limit.js';
import type { Parameters } from './sql/parameters.js';
import type { CopyOptions } from './statement/copy-rows.js';
import type { Bound, MovedBounds, Refreshed, Runner } from './statement/runner.js';
import type { ReadPlan } from './view/read-plan.js';

/** The options of a session. */
export interface SessionOptions extends StoreOptions {
  /** Memory, in bytes, that a query fills before it uses temporary files. Default: {@link usualQueryMemory}. */
  readonly memory?: number | undefined;
  /** The source of the opened store, which then decides on the memory; by default it is opened now. */
  readonly readyStores?: ReadyStores | undefined;
}

/** A sandboxed DuckDB over one store. It runs one query at a time. */
export class Session {
  readonly #store: OpenedStore;
  readonly #runner: Runner;
  readonly #end: (isClean: boolean) => void;
  #isClosed = false;

  /** @param end of the session; `isClean` tells whether another session can use the store. */
  constructor(store: OpenedStore, runner: Runner, end: (isClean: boolean) => void) {
    this.#store = store;
    this.#runner = runner;
    this.#end = end;
  }

  /** The attributes that are columns of `events`, as of the last {@link refresh} or query. */
  get attributes(): readonly Attribute[] {
    return this.#store.view.attributes;
  }

  /** The same, and the keys that core columns are read from by their own names. */
  get registered(): readonly Attribute[] {
    return this.#store.view.registered;
  }

  /** The stored objects of this moment, as the session sees them. */
  get objects(): readonly StoredObject[] {
    return this.#store.view.objects;
  }

  /** The names of all tables and views that a statement can read. */
  get tables(): readonly string[] {
    const stored = this.#store.view.objects.filter(object => storedViewSql(object) !== undefined);
    return [...RESERVED_NAMES, ...stored.map(({ name }) => name)];
  }

  /** The segments that the last query could read, and those that it skipped. */
  get plan(): ReadPlan {
    return this.#store.view.rows.plan;
  }

  /** True when events of the journal may be in the bounds. */
  get showsJournal(): boolean {
    return this.#store.view.rows.showsJournal;
  }

  /** See {@link Runner.query}. */
  query(sql: string, parameters?: Parameters, limit?: number): Promise<Result> {
    return this.#runner.query(sql, parameters, limit);
  }

  /** See {@link Runner.check}. */
  check(sql: string): Promise<Bound> {
    return this.#runner.check(sql);
  }

  /**
   * Writes a query's rows to {@link SessionOptions.writable}, or to a file in `writableFolder`; see {@link Runner.copyTo}.
   */
  copyTo(file: string, sql: string, options?: CopyOptions): Promise<number> {
    return this.#runner.copyTo(file, sql, options);
  }

  /** See {@link Runner.insertInto}. */
  insertInto(table: string, sql: string): Promise<number> {
    return this.#runner.insertInto(table, sql);
  }

  /** See {@link Runner.execute}. */
  execute(sql: string): Promise<void> {
    return this.#runner.execute(sql);
  }

  /** See {@link Runner.refresh}. */
  refresh(bounds?: MovedBounds): Promise<Refreshed> {
    return this.#runner.refresh(bounds);
  }

  /** Returns the number of events outside of the bounds in time when no event is within, else 0. */
  async countOutside(): Promise<number> {
    const within = await rowsOf(await this.query('select 1 from events limit 1'));
    if (within.length > 0) return 0;
    const { segments, skipped, journal } = this.plan;
    return [...segments, ...skipped].reduce((sum, { events }) => sum + events, journal.rows);
  }

  /** A second call does nothing: another session may have the store by then. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const isClean = this.#runner.isClean;
    this.#runner.stop();
    this.#end(isClean && this.#store.isClean);
  }
}

/**
 * Opens a session over the store at `dir`.
 * @throws TelemetryError `noStore`, `failure` for a store or a file that cannot be read, `usage` for an unknown time zone.
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { memory = usualQueryMemory(), readyStores } = options;
  const store = await (readyStores?.take(options) ?? OpenedStore.open(options, () => openEngine(memory)));
  try {
    await store.lock(options);
    const end = (isClean: boolean): void => (readyStores && isClean ? readyStores.giveBack(store) : store.close());
    return new Session(store, store.runner(options), end);
  } catch (error) {
    store.close();
    throw error;
  }
}
