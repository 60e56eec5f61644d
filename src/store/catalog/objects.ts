import { dirname } from 'node:path';
import type { Database } from 'better-sqlite3';
import type { Micros } from '../../core/duration.js';
import { TelemetryError } from '../../core/errors.js';
import { openForReading, openForWriting } from '../database/store.js';
import { queryFilesNamed } from './query-files.js';

/** The kinds of objects that share one registry of names. */
export const OBJECT_KINDS = ['view', 'cube', 'alert', 'remote'] as const;

/** The kinds whose `create` has the option --replace. */
const REPLACEABLE: ReadonlySet<string> = new Set(['view', 'alert']);

/** One of {@link OBJECT_KINDS}. */
export type ObjectKind = (typeof OBJECT_KINDS)[number];

/** An object that a user stored under a name. Names that differ only by case are the same. */
export interface StoredObject {
  readonly name: string;
  readonly kind: ObjectKind;
  /** JSON of the kind's definition. */
  readonly definition: unknown;
  readonly createdAt: Micros;
}

/**
 * Stores an object. The store is created if it does not exist.
 * @param replaces true to replace an object of the same kind and name.
 * @throws TelemetryError `failure` when another object has that name, or the store cannot be used.
 */
export function createObject(dir: string, object: StoredObject, replaces = false): void {
  const db = openForWriting(dir);
  try {
    db.transaction(() => {
      if (replaces) db.prepare('delete from objects where name = ? and kind = ?').run(object.name, object.kind);
      insertObject(db, object);
    }).immediate();
  } finally {
    db.close();
  }
}

/**
 * Stores an object, replacing one of the same kind and name. Call it in a transaction.
 * @returns true when it replaced one.
 * @throws TelemetryError `failure` when an object of another kind has that name.
 */
export function putObject(db: Database, object: StoredObject): boolean {
  const { changes } = db
    .prepare('update objects set definition = ? where name = ? and kind = ?')
    .run(JSON.stringify(object.definition), object.name, object.kind);
  if (changes === 0) insertObject(db, object);
  return changes > 0;
}

/**
 * Stores an object. Call it in a transaction.
 * @throws TelemetryError `failure` when an object of any kind or a saved query has that name.
 */
export function insertObject(db: Database, { name, kind, definition, createdAt }: StoredObject): void {
  const existing = db
    .prepare<[string], { name: string; kind: ObjectKind }>('select name, kind from objects where name = ?')
    .get(name);
  if (existing) {
    const isReplaceable = existing.kind === kind && REPLACEABLE.has(kind);
    throw new TelemetryError('failure', `there is ${withArticle(existing.kind)} "${existing.name}" already`, {
      remedy: isReplaceable
        ? 'Choose another name, or give --replace.'
        : `Choose another name, or remove it first: telemetry ${existing.kind} rm ${existing.name}`,
    });
  }
  const [file] = queryFilesNamed(dirname(db.name), name);
  if (file) {
    throw new TelemetryError('failure', `there is a saved query "${file.name}" already`, {
      remedy: `Choose another name, or remove it first: telemetry saved rm ${file.name}`,
    });
  }
  db.prepare('insert into objects(name, kind, definition, created_at) values (?, ?, ?, ?)').run(
    name,
    kind,
    JSON.stringify(definition),
    createdAt,
  );
}

/**
 * Removes an object.
 * @param alongside removes further rows of the object in the same transaction.
 * @throws TelemetryError `failure` when no object of that kind has the name; `noStore` without a store.
 */
export function removeObject(
  dir: string,
  kind: ObjectKind,
  name: string,
  alongside: (db: Database) => void = () => undefined,
): void {
  const object = objectNamed(dir, kind, name);
  const db = openForWriting(dir);
  try {
    db.transaction(() => {
      const { changes } = db.prepare('delete from objects where name = ? and kind = ?').run(object.name, kind);
      if (changes === 0) throw missing(kind, name, []);
      alongside(db);
    }).immediate();
  } finally {
    db.close();
  }
}

/** The objects of a kind in the store at `dir`, by name. @throws TelemetryError `noStore`, `failure`. */
export function listObjects(dir: string, kind: ObjectKind): StoredObject[] {
  return listStoredObjects(dir).filter(object => object.kind === kind);
}

/** All objects in the store at `dir`, by name. @throws TelemetryError `noStore`, `failure`. */
export function listStoredObjects(dir: string): StoredObject[] {
  const db = openForReading(dir);
  try {
    return readObjects(db);
  } finally {
    db.close();
  }
}

/** The object of that kind and name. @throws TelemetryError `failure` when it does not exist; `noStore`. */
export function objectNamed(dir: string, kind: ObjectKind, name: string): StoredObject {
  const all = listObjects(dir, kind);
  const found = all.find(object => object.name.toLowerCase() === name.toLowerCase());
  if (found) return found;
  throw missing(kind, name, all);
}

/** All objects, by name. */
export function readObjects(db: Database): StoredObject[] {
  // A store that nothing of this version has written to yet.
  if (!db.prepare(`select 1 from sqlite_schema where name = 'objects'`).get()) return [];
  const rows = db.prepare<[], ObjectRow>('select * from objects order by name').all();
  return rows.map(({ name, kind, definition, created_at: createdAt }) => ({
    name,
    kind,
    definition: JSON.parse(definition) as unknown,
    createdAt,
  }));
}

interface ObjectRow {
  readonly name: string;
  readonly kind: ObjectKind;
  readonly definition: string;
  readonly created_at: number;
}

function missing(kind: ObjectKind, name: string, all: readonly StoredObject[]): TelemetryError {
  return new TelemetryError('failure', `no ${kind} has the name "${name}"`, {
    remedy:
      all.length === 0
        ? `The store has no ${kind}s. Create one with \`telemetry ${kind} create\`.`
        : `See them with \`telemetry ${kind} list\`.`,
  });
}

function withArticle(kind: string): string {
  return /^[aeiou]/.test(kind) ? `an ${kind}` : `a ${kind}`;
}
