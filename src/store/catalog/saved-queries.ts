import { TelemetryError } from '../../core/errors.js';
import { openForReading, openForWriting } from '../database/store.js';
import { readObjects, type StoredObject } from './objects.js';
import { queryFiles, queryFilesNamed, removeQueryFile, writeQueryFile, type QueryFile } from './query-files.js';

/** A file with a saved query, and what keeps the query from being used. */
export interface FoundQuery extends QueryFile {
  /** The stored object or file that has the same name; undefined without one. */
  readonly clash: string | undefined;
}

/** The saved queries of the store at `dir`, by name. @throws TelemetryError `noStore`, `failure`. */
export function findQueries(dir: string): FoundQuery[] {
  const files = queryFiles(dir);
  const objects = objectsOf(dir);
  return files.map(file => ({ ...file, clash: clashOf(file, files, objects) }));
}

/** The saved query of that name. @throws TelemetryError `failure` when the store has none; `noStore`. */
export function findQuery(dir: string, name: string): FoundQuery {
  const files = queryFilesNamed(dir, name);
  const objects = objectsOf(dir);
  // Two files whose names differ by case are one name: the exact one is reported, with its clash.
  const file = files.find(one => one.name === name) ?? files[0];
  if (file) return { ...file, clash: clashOf(file, files, objects) };
  throw new TelemetryError('failure', `no saved query has the name "${name}"`, {
    remedy:
      queryFiles(dir).length === 0
        ? 'The store has no saved queries. Create one with `telemetry saved create`.'
        : 'See them with `telemetry saved list`.',
  });
}

/**
 * Stores the text of a query as a file. The store is created if it does not exist. The database's lock keeps another
 * process from giving the name to another object at the same time.
 * @param replaces true to replace a query of the same name.
 * @returns true when it replaced one.
 * @throws TelemetryError `failure` when the name is taken, or the store cannot be used.
 */
export function storeQuery(dir: string, name: string, text: string, replaces: boolean): boolean {
  const db = openForWriting(dir);
  try {
    return db
      .transaction(() => {
        const object = readObjects(db).find(other => other.name.toLowerCase() === name.toLowerCase());
        if (object)
          throw taken(object.kind, object.name, `remove it first: telemetry ${object.kind} rm ${object.name}`);
        const existing = queryFilesNamed(dir, name);
        if (existing.length > 0 && !replaces) throw taken('saved query', existing[0]!.name, 'give --replace');
        writeQueryFile(dir, existing[0]?.name ?? name, text);
        return existing.length > 0;
      })
      .immediate();
  } finally {
    db.close();
  }
}

/** Removes a saved query. @throws TelemetryError `failure` when the store has none of that name; `noStore`. */
export function removeQuery(dir: string, name: string): QueryFile {
  const file = findQuery(dir, name);
  removeQueryFile(dir, file);
  return file;
}

function objectsOf(dir: string): StoredObject[] {
  const db = openForReading(dir);
  try {
    return readObjects(db);
  } finally {
    db.close();
  }
}

function clashOf(
  { name, path }: QueryFile,
  files: readonly QueryFile[],
  objects: readonly StoredObject[],
): string | undefined {
  const isSame = (other: { readonly name: string }): boolean => other.name.toLowerCase() === name.toLowerCase();
  const object = objects.find(isSame);
  if (object) return `the ${object.kind} ${object.name}`;
  return files.find(other => other.path !== path && isSame(other))?.path;
}

function taken(kind: string, name: string, remedy: string): TelemetryError {
  const owner = /^[aeiou]/.test(kind) ? `an ${kind}` : `a ${kind}`;
  return new TelemetryError('failure', `there is ${owner} "${name}" already`, {
    remedy: `Choose another name, or ${remedy}.`,
  });
}
