import { TelemetryError } from '../../core/errors.js';
import { openForWriting } from '../database/store.js';
import { readStoreSetting, writeStoreSetting } from '../database/settings.js';

/** An index that a user made on a payload field: an SQLite expression index of the journal. */
export interface UserIndex {
  /** The attribute's name. */
  readonly attribute: string;
  /** The keys from the top. */
  readonly path: readonly string[];
  /** The condition of a partial index, as it was written. */
  readonly where: string | undefined;
  /** The same over the journal's rows, true at least where `where` is. */
  readonly whereSql: string | undefined;
  /** The conditions of `where` as a plan printed them then: a query has to have them for the index to hold its rows. */
  readonly whereConditions: readonly string[];
  /** The index's name in the database. */
  readonly name: string;
}

/** The definition of an index: a {@link UserIndex} without its name. */
export type NewIndex = Omit<UserIndex, 'name'>;

/**
 * SQL for the value at a path of a payload, as indexes hold it. An insert must not fail for it, so only JSON that
 * SQLite reads counts.
 */
export function indexedValue(path: readonly string[]): string {
  const keys = path.map(key => `."${key}"`).join('');
  return `iif(json_valid(payload), json_extract(payload, '$${keys.replaceAll("'", "''")}'), null)`;
}

/** True for a path that SQLite can express: no key has a quote or backslash. */
export function isIndexable(path: readonly string[]): boolean {
  return path.every(key => !/["\\\0]/.test(key));
}

/** The indexes of the store at `dir`. @throws TelemetryError as `openForReading`. */
export function readIndexes(setting: (key: 'indexes') => unknown): UserIndex[] {
  return (setting('indexes') as UserIndex[] | undefined) ?? [];
}

/**
 * Makes an index, unless there is one on the same. Holds up the store's writer until it is made.
 * @returns true when the index was created.
 */
export function addIndex(dir: string, index: NewIndex): boolean {
  const db = openForWriting(dir);
  try {
    return db
      .transaction(() => {
        const all = readIndexes(key => readStoreSetting(db, key));
        if (all.some(other => other.attribute === index.attribute && other.where === index.where)) return false;
        const numbers = all.map(({ name }) => Number(name.replace('user_index_', '')));
        const name = `user_index_${Math.max(0, ...numbers) + 1}`;
        const where = index.whereSql === undefined ? '' : ` where ${index.whereSql}`;
        db.exec(`create index ${name} on events(${indexedValue(index.path)})${where}`);
        writeStoreSetting(db, 'indexes', [...all, { ...index, name }]);
        return true;
      })
      .immediate();
  } finally {
    db.close();
  }
}

/** Drops the indexes on an attribute; returns their number. @throws TelemetryError `usage` without an index. */
export function dropIndexes(dir: string, attribute: string): number {
  const db = openForWriting(dir);
  try {
    return db
      .transaction(() => {
        const all = readIndexes(key => readStoreSetting(db, key));
        const [gone, kept] = [true, false].map(isGone =>
          all.filter(index => (index.attribute.toLowerCase() === attribute.toLowerCase()) === isGone),
        );
        if (gone!.length === 0) {
          throw new TelemetryError('usage', `there is no index on ${attribute}`, {
            remedy: '`telemetry index list` prints all.',
          });
        }
        for (const { name } of gone!) db.exec(`drop index if exists ${name}`);
        writeStoreSetting(db, 'indexes', kept!.length === 0 ? undefined : kept);
        return gone!.length;
      })
      .immediate();
  } finally {
    db.close();
  }
}
