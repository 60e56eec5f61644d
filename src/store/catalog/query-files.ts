import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { codeOf, TelemetryError } from '../../core/errors.js';
import { MAX_SQL_LENGTH } from '../../core/limits.js';
import { isDiskFull } from '../../core/trouble.js';
import { withReserve } from '../database/reserve.js';
import { storeError } from '../database/store-trouble.js';

/** The folder of a store with its saved queries, a file of SQL each. People edit these files, and git may hold them. */
const QUERY_FOLDER = 'queries';

const EXTENSION = '.sql';

/** The largest file that is read, in bytes: a character of SQL has at most 4. */
const MAX_FILE_BYTES = 4 * MAX_SQL_LENGTH;

/** A file with a saved query. */
export interface QueryFile {
  /** The name of the query: that of the file without its extension. */
  readonly name: string;
  /** The path, relative to the directory of the store. */
  readonly path: string;
}

/** The files of saved queries in the store at `dir`, by name. */
export function queryFiles(dir: string): QueryFile[] {
  return namesIn(join(dir, QUERY_FOLDER))
    .filter(file => file.endsWith(EXTENSION) && !file.startsWith('.'))
    .map(file => ({ name: basename(file, EXTENSION), path: join(QUERY_FOLDER, file) }))
    .filter(({ path }) => statSync(join(dir, path), { throwIfNoEntry: false })?.isFile())
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The files whose query has that name. Names that differ only by case are the same. */
export function queryFilesNamed(dir: string, name: string): QueryFile[] {
  return queryFiles(dir).filter(file => file.name.toLowerCase() === name.toLowerCase());
}

/** Reads the text of a file. @throws TelemetryError `failure` when it cannot be read, or is too large. */
export function readQueryFile(dir: string, { path }: QueryFile): string {
  const file = join(dir, path);
  try {
    const { size } = statSync(file);
    if (size <= MAX_FILE_BYTES) return readFileSync(file, 'utf8').replace(/^\ufeff/, '');
  } catch (error) {
    throw storeError(`cannot read ${path} in the store`, dir, error);
  }
  throw new TelemetryError('failure', `the saved query ${file} is too large`, {
    remedy: `A query has at most ${MAX_SQL_LENGTH} characters.`,
  });
}

/**
 * Writes a query's file, on disk when this returns: a reader sees the file as it was, or the whole new one.
 * @throws TelemetryError `failure` when it cannot be written.
 */
export function writeQueryFile(dir: string, name: string, text: string): void {
  const folder = join(dir, QUERY_FOLDER);
  try {
    withReserve(dir, isDiskFull, () => {
      if (!existsSync(folder)) {
        mkdirSync(folder, { mode: 0o700 });
        syncPath(dir);
      }
      replaceFile(join(folder, `${name}${EXTENSION}`), text);
    });
  } catch (error) {
    throw storeError(`cannot write the saved query ${name} in the store`, dir, error);
  }
}

/** Removes a query's file. @throws TelemetryError `failure` when it cannot be removed. */
export function removeQueryFile(dir: string, { name, path }: QueryFile): void {
  try {
    rmSync(join(dir, path), { force: true });
    syncPath(join(dir, QUERY_FOLDER));
  } catch (error) {
    throw storeError(`cannot remove the saved query ${name} in the store`, dir, error);
  }
}

/** Replaces a file by a new one that only its owner may read. A link stays one, to the new file. */
function replaceFile(path: string, text: string): void {
  const file = existsSync(path) ? realpathSync(path) : path;
  const tempFile = join(dirname(file), `.${basename(file)}.${process.pid}.tmp`);
  try {
    const descriptor = openSync(tempFile, 'w', 0o600);
    try {
      writeFileSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(tempFile, file);
  } catch (error) {
    rmSync(tempFile, { force: true });
    throw error;
  }
  syncPath(dirname(file));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '')) return [];
    throw storeError('cannot read the saved queries in', folder, error);
  }
}

function syncPath(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
