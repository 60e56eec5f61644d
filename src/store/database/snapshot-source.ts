import type { Database, Statement } from 'better-sqlite3';

/** Rows that are copied between two turns of the event loop: some milliseconds. */
const COPIED_ROWS = 8192;

/** The tables that a reader scans, and the columns of a copy. */
const COPIED_COLUMNS = {
  events: 'id integer primary key, stream_id, received_at, payload, encoding',
  streams: 'id integer primary key, started_at, ended_at, transport, remote, path, headers, events, origin',
} as const;

export type ScannedTable = keyof typeof COPIED_COLUMNS;

/** The range of ids that a query still reads, `(afterId, upToId]`, and whether it reads streams as well. */
export interface ScannedRange {
  readonly afterId: number;
  readonly upToId: number;
  readonly streams: boolean;
}

/**
 * The connections of a reader and its snapshot. SQLite cannot reuse the log past the oldest snapshot, so a snapshot that
 * is held for long is moved: to the present, as long as that still has every row of the range (events never change, they
 * are only removed), else into a copy of the range in SQLite's temporary database, which is a file that has no name.
 */
export class SnapshotSource {
  readonly #open: () => Database;
  readonly #statements = new WeakMap<Database, Map<string, Statement>>();
  readonly #copies = new Map<ScannedTable, Database>();
  #current: Database;
  #spare: Database | undefined;
  #depth = 0;
  #taken = 0;
  #moves = 0;

  /** @param open opens the store for reading; called again when a snapshot is moved for the first time. */
  constructor(open: () => Database) {
    this.#open = open;
    this.#current = open();
  }

  get isOpen(): boolean {
    return this.#current.open;
  }

  /** The connection that the snapshot is on. */
  get db(): Database {
    return this.#current;
  }

  /** Changes whenever another process has committed to the store, and whenever the snapshot was moved. */
  get version(): number {
    return this.#moves * 2 ** 32 + (this.#current.pragma('data_version', { simple: true }) as number);
  }

  /** A statement on the connection of the snapshot, prepared once. */
  prepare(sql: string): Statement {
    return this.#prepareOn(this.#current, sql);
  }

  /** A statement over a table that may have been copied; `sql` is given the name to read it by. */
  prepareScan(table: ScannedTable, sql: (name: string) => string): Statement {
    const copy = this.#copies.get(table);
    return copy ? this.#prepareOn(copy, sql(`temp.copied_${table}`)) : this.prepare(sql(`main.${table}`));
  }

  /** True while a table is read from a copy, which has no index but that of its ids. */
  isCopied(table: ScannedTable): boolean {
    return this.#copies.has(table);
  }

  /** Takes the snapshot. Calls nest. */
  begin(): void {
    if (this.#depth++ > 0) return;
    this.#taken++;
    beginReading(this.#current);
  }

  /** Gives the snapshot back, with what was copied of it. */
  end(): void {
    if (--this.#depth > 0) return;
    if (this.#current.inTransaction) this.#current.exec('commit');
    for (const table of this.#copies.keys()) this.#dropCopy(table);
  }

  /**
   * Moves the snapshot on, so that the log before the present can be reused.
   * @returns false while there is nothing to move any more: all that the range needs is copied.
   * @throws what SQLite throws where it has no room for a copy; the snapshot stays as it was.
   */
  async move(range: ScannedRange): Promise<boolean> {
    if (!this.#isHeld()) return false;
    if (range.streams && !this.#copies.has('streams')) await this.#copy('streams', 0, Number.MAX_SAFE_INTEGER);
    if (!this.#isHeld()) return false;
    if (range.afterId < range.upToId) {
      if (this.#renew(range.afterId)) return true;
      await this.#copy('events', range.afterId, range.upToId);
    }
    if (this.#isHeld()) this.#current.exec('commit');
    return false;
  }

  close(): void {
    this.#current.close();
    this.#spare?.close();
  }

  #isHeld(): boolean {
    return this.#current.open && this.#depth > 0 && this.#current.inTransaction;
  }

  /** Takes a second snapshot, and gives the first back when the second has the same rows past `afterId`. */
  #renew(afterId: number): boolean {
    const next = (this.#spare ??= this.#open());
    beginReading(next);
    const [before, now] = [this.#current, next].map(db => this.#marksOn(db));
    if (before!.key !== now!.key || (now!.sealedId !== before!.sealedId && now!.sealedId > afterId)) {
      next.exec('commit');
      return false;
    }
    this.#current.exec('commit');
    this.#spare = this.#current;
    this.#current = next;
    this.#moves++;
    return true;
  }

  /** Values that change when unsealed events are removed or the store is replaced. */
  #marksOn(db: Database): { key: string; sealedId: number } {
    return this.#prepareOn(
      db,
      `select id || epoch || removals as key, last_id as sealedId from store, sealed`,
    ).get() as { key: string; sealedId: number };
  }

  async #copy(table: ScannedTable, afterId: number, upToId: number): Promise<void> {
    const db = this.#current;
    const taken = this.#taken;
    const name = `temp.copied_${table}`;
    const columns = COPIED_COLUMNS[table].replace(' integer primary key', '');
    const unlocked = (work: () => void): void => {
      db.pragma('query_only = off');
      try {
        work();
      } finally {
        db.pragma('query_only = on');
      }
    };
    const drop = (): void => unlocked(() => db.exec(`drop table if exists ${name}`));
    try {
      drop();
      unlocked(() => db.exec(`create table ${name}(${COPIED_COLUMNS[table]})`));
      const copy = this.#prepareOn(
        db,
        `insert into ${name} select ${columns} from main.${table} where id > ? and id <= ? order by id limit ${COPIED_ROWS}`,
      );
      const last = this.#prepareOn(db, `select max(id) from ${name}`).pluck();
      for (let at = afterId, changes = COPIED_ROWS; ; at = last.get() as number) {
        unlocked(() => ({ changes } = copy.run(at, upToId)));
        if (changes < COPIED_ROWS) break;
        await new Promise(resolve => setImmediate(resolve));
        if (this.#isHeld() && this.#taken === taken) continue;
        if (db.open) drop();
        return;
      }
      this.#copies.set(table, db);
    } catch (error) {
      if (db.open) drop();
      throw error;
    }
  }

  #dropCopy(table: ScannedTable): void {
    const db = this.#copies.get(table);
    this.#copies.delete(table);
    if (!db?.open) return;
    db.pragma('query_only = off');
    db.exec(`drop table if exists temp.copied_${table}`);
    db.pragma('query_only = on');
  }

  #prepareOn(db: Database, sql: string): Statement {
    let statements = this.#statements.get(db);
    if (!statements) this.#statements.set(db, (statements = new Map<string, Statement>()));
    let statement = statements.get(sql);
    if (!statement) statements.set(sql, (statement = db.prepare(sql)));
    return statement;
  }
}

/** SQLite takes the snapshot at the first read, not at `begin`. */
function beginReading(db: Database): void {
  db.exec('begin');
  db.prepare('select 1 from events limit 1').get();
}
