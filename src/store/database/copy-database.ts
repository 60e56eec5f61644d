import { closeSync, fsyncSync, openSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { Database } from 'better-sqlite3';
import { TelemetryError } from '../../core/errors.js';
import { faultPoint } from '../../core/fault-point.js';
import { Sqlite } from './sqlite.js';
import { NO_PLACE } from './store-identity.js';
import { BUSY_TIMEOUT_MS, databaseFile, openForReading } from './store.js';

/** Maximum time that a part of a copy holds its snapshot, in milliseconds: meanwhile the log of the store only grows. */
const PART_MS = 50;

/** The rows of the first part: even the largest events are copied in less than a second. */
const FIRST_ROWS = 64;
const MAX_ROWS = 65_536;

/** The tables that are copied in parts, because they may have millions of rows. */
const LARGE_TABLES = ['streams', 'events'] as const;

type LargeTable = (typeof LARGE_TABLES)[number];

export interface CopyOptions<T> {
  readonly signal: AbortSignal;
  /** Reads from the copy once it is complete. */
  readonly read: (copy: Database) => T;
  /** Called after each part with the number of events copied so far. */
  readonly onProgress?: (events: number) => void;
}

/**
 * Copies the database of the store at `dir` into the empty file `file`, as it is at the moment when this resolves, while a
 * server writes to it. The copy is on disk then.
 *
 * `VACUUM INTO` holds one snapshot for the whole copy, and the backup API of SQLite starts again with each commit of a
 * server. This copies the large tables in parts, each in a separate snapshot, and the rest in a last snapshot. The
 * caller holds the archive's lock: meanwhile rows are added to the journal, and none that count are removed.
 * @returns what `read` returns.
 * @throws TelemetryError `noStore`, `failure`; the reason of the signal; what SQLite throws.
 */
export async function copyDatabase<T>(dir: string, file: string, options: CopyOptions<T>): Promise<T> {
  let result: T;
  const source = openForReading(dir);
  try {
    const copy = new Sqlite(file, { fileMustExist: true });
    try {
      prepareCopy(copy, source, dir);
      await copyRows(copy, options);
      result = options.read(copy);
    } finally {
      copy.close();
    }
  } finally {
    source.close();
  }
  finishCopy(file);
  return result;
}

/** Creates the tables, and attaches the database of the store as `source`. */
function prepareCopy(copy: Database, source: Database, dir: string): void {
  for (const name of ['page_size', 'auto_vacuum', 'application_id', 'user_version']) {
    copy.pragma(`${name} = ${Number(source.pragma(name, { simple: true }))}`);
  }
  // A copy that is not finished is removed: it needs no journal.
  copy.pragma('journal_mode = off');
  copy.pragma('synchronous = off');
  copy.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
  copy.prepare('attach ? as source').run(databaseFile(dir));
  for (const sql of schemaOf(copy, ['table'])) copy.exec(sql);
}

/** The statements that created the tables, indexes or triggers of the store. */
function schemaOf(copy: Database, types: readonly string[]): string[] {
  return copy
    .prepare<[string], string>(
      `select sql from source.sqlite_schema where type in (select value from json_each(?)) and sql is not null
         and name not like 'sqlite\\_%' escape '\\' order by rowid`,
    )
    .pluck()
    .all(JSON.stringify(types));
}

async function copyRows(
  copy: Database,
  { signal, onProgress }: Pick<CopyOptions<unknown>, 'signal' | 'onProgress'>,
): Promise<void> {
  const before = marksOf(copy);
  const upTo = { events: firstEvent(copy) - 1, streams: 0 };
  let events = 0;
  for (const table of LARGE_TABLES) {
    upTo[table] = await copyInParts(copy, table, upTo[table], signal, rows => {
      if (table === 'events') onProgress?.((events += rows));
    });
  }
  copy.exec('begin');
  if (marksOf(copy) !== before) {
    throw new TelemetryError('failure', 'events were removed from the store while it was copied', {
      remedy: 'Try again.',
    });
  }
  copyRest(copy, upTo);
  // Triggers must not count what is copied, and an index that is made last is made faster.
  const more = schemaOf(copy, ['index', 'trigger']);
  copy.exec('commit');
  for (const sql of more) copy.exec(sql);
}

/** Changes whenever events that count are sealed or removed. */
function marksOf(copy: Database): string {
  return copy
    .prepare<[], string>(`select id || epoch || removals || ':' || last_id from source.store, source.sealed`)
    .pluck()
    .get()!;
}

/** The least id of the rows that are needed: sealed ones may be deleted at any time, unless they are on their way back. */
function firstEvent(copy: Database): number {
  const isReturning = copy.prepare(`select 1 from source.settings where key = 'returned'`).get() !== undefined;
  return isReturning ? 1 : copy.prepare<[], number>('select last_id + 1 from source.sealed').pluck().get()!;
}

/** Copies the rows past an id until a part is not full. Returns the last id. @throws the reason of the signal. */
async function copyInParts(
  copy: Database,
  table: LargeTable,
  after: number,
  signal: AbortSignal,
  onPart: (rows: number) => void,
): Promise<number> {
  const columns = columnsOf(copy, table);
  const insert = copy.prepare<[number, number]>(
    `insert into main.${table}(${columns}) select ${columns} from source.${table} where id > ? order by id limit ?`,
  );
  const last = copy.prepare<[], number | null>(`select max(id) from main.${table}`).pluck();
  let rows = FIRST_ROWS;
  for (let upTo = after; ; upTo = last.get() ?? after) {
    signal.throwIfAborted();
    const begun = performance.now();
    const { changes } = insert.run(upTo, rows);
    const tookMs = performance.now() - begun;
    onPart(changes);
    faultPoint('backup:part');
    if (changes < rows) return last.get() ?? after;
    rows = Math.min(MAX_ROWS, Math.max(1, tookMs < PART_MS / 2 ? rows * 2 : Math.floor((rows * PART_MS) / tookMs)));
    await setImmediate();
  }
}

/** Copies what is left in one snapshot: rows that were added since, streams that have changed, and all other tables. */
function copyRest(copy: Database, upTo: Readonly<Record<LargeTable, number>>): void {
  const events = columnsOf(copy, 'events');
  copy
    .prepare(`insert into main.events(${events}) select ${events} from source.events where id > ? order by id`)
    .run(upTo.events);
  const streams = columnsOf(copy, 'streams');
  copy
    .prepare(
      `insert or replace into main.streams(${streams}) select ${streams} from source.streams
         where id > ? or id in (select id from main.streams where ended_at is null)`,
    )
    .run(upTo.streams);
  const tables = copy
    .prepare<[], string>(
      `select name from source.sqlite_schema where type = 'table' and name not in ('events', 'streams')
         and (name = 'sqlite_sequence' or name not like 'sqlite\\_%' escape '\\')`,
    )
    .pluck()
    .all();
  for (const table of tables) {
    const columns = columnsOf(copy, table);
    copy.exec(`delete from main.${table}`);
    copy.exec(`insert into main.${table}(${columns}) select ${columns} from source.${table}`);
  }
  // Also where the copy takes the place of the store.
  copy.prepare('update main.store set file = ?').run(NO_PLACE);
  // The files of dropped segments are not copied.
  copy.exec('delete from main.segments where dropped_at is not null');
  copy.exec('delete from main.cube_files where dropped_at is not null');
}

/** The columns of a table that are stored, generated ones left out. */
function columnsOf(copy: Database, table: string): string {
  return copy
    .prepare<[string], string>(`select name from pragma_table_xinfo(?, 'main') where hidden = 0`)
    .pluck()
    .all(table)
    .map(name => `"${name}"`)
    .join(', ');
}

/** Gives the copy the log of a store, and brings it to the disk. */
function finishCopy(file: string): void {
  const copy = new Sqlite(file, { fileMustExist: true });
  try {
    copy.pragma('journal_mode = wal');
  } finally {
    copy.close();
  }
  const descriptor = openSync(file, 'r+');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
