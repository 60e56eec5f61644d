import type { StoreDatabase } from '../../../../store/database/store.js';
import { syncLog } from '../../../../store/database/sync-log.js';
import type { ObjectEntry } from './manifest-format.js';

/** An object that was cut, and the local file with its bytes. */
export interface CutObject {
  readonly entry: ObjectEntry;
  /** The file's name in the folder of unfinished objects. */
  readonly localName: string;
}

/** Ids `(afterId, toId]` whose objects were cut. */
export interface CutRange {
  readonly afterId: number;
  readonly toId: number;
  readonly objects: readonly CutObject[];
}

/** `cut`: its bytes are fixed, and it may be sent. `merged`: merged from others; sent or not, but not named yet. */
type State = 'cut' | 'merged';

interface Row {
  readonly first_id: number;
  readonly last_id: number;
  readonly entry: string;
}

/**
 * The unfinished objects of a remote, in the table `remote_objects`. An object is recorded before its first byte is
 * sent, and never cut again.
 */
export class PendingObjects {
  readonly #db: StoreDatabase;
  readonly #remote: string;

  constructor(db: StoreDatabase, remote: string) {
    this.#db = db;
    this.#remote = remote;
  }

  /** The range whose objects are unfinished; undefined without one. */
  cut(): CutRange | undefined {
    const rows = this.#rows('cut');
    if (rows.length === 0) return undefined;
    const objects = rows.map(({ entry }) => cutObject(JSON.parse(entry) as ObjectEntry));
    return { afterId: rows[0]!.first_id - 1, toId: rows[0]!.last_id, objects };
  }

  /** Merged objects that may be sent, and are not known to be named. */
  merged(): ObjectEntry[] {
    return this.#rows('merged').map(({ entry }) => JSON.parse(entry) as ObjectEntry);
  }

  /** Records the objects of a range in one transaction, on disk. */
  recordCut({ objects }: CutRange, now: number): void {
    this.#db
      .transaction(() => {
        for (const { entry } of objects) this.#insert(entry, 'cut', now);
      })
      .immediate();
    syncLog(this.#db);
  }

  /** Records a merged object, on disk. @param now microseconds since 1970. */
  recordMerged(entry: ObjectEntry, now: number): void {
    this.#insert(entry, 'merged', now);
    syncLog(this.#db);
  }

  /** Removes the records of objects that are named, or never will be. */
  forget(files: readonly string[]): void {
    const statement = this.#db.prepare('delete from remote_objects where remote = ? and file = ?');
    this.#db
      .transaction(() => {
        for (const file of files) statement.run(this.#remote, file);
      })
      .immediate();
  }

  #rows(state: State): Row[] {
    return this.#db
      .prepare<[string, State], Row>(
        'select first_id, last_id, entry from remote_objects where remote = ? and state = ? order by id',
      )
      .all(this.#remote, state);
  }

  #insert(entry: ObjectEntry, state: State, now: number): void {
    const { file, first_id, last_id, events, bytes, sha256 } = entry;
    this.#db
      .prepare(
        `insert into remote_objects(remote, file, first_id, last_id, events, bytes, hash, state, cut_at, entry)
         values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(this.#remote, file, first_id, last_id, events, bytes, sha256, state, now, JSON.stringify(entry));
  }
}

/** An object with the name of its local file: its key has folders, and ends with its hash. */
export function cutObject(entry: ObjectEntry): CutObject {
  return { entry, localName: `${entry.sha256}.parquet` };
}
