import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { codeOf, TelemetryError } from '../../../core/errors.js';
import { faultPoint } from '../../../core/fault-point.js';
import { openReader } from '../../journal/reader.js';
import { readCubeFiles } from '../../catalog/cubes.js';
import { queryFiles } from '../../catalog/query-files.js';
import { readDamagedSegments, readSegments, type Segment } from '../../catalog/segments.js';
import { copyDatabase } from '../../database/copy-database.js';
import { databaseFile, makeStoreDirectory } from '../../database/store.js';
import { isFullStore, storeError, storeTrouble } from '../../database/store-trouble.js';
import { pinSegments } from '../../locks/reader-pins.js';
import { waitForArchive } from '../../locks/store-lock.js';
import { damagedFile, syncPath } from '../files.js';
import { DATABASE_FILE } from '../formats/duckdb/database.js';
import { isInDatabase } from '../formats/duckdb/kind.js';
import type { ArchiveOptions } from '../seal/open-archive.js';
import { CREDENTIALS_FILE } from '../../catalog/credentials.js';
import { copyFile } from './copy-file.js';
import { verifyStore, type Verification } from './verify.js';

export interface BackupOptions extends ArchiveOptions {
  /** The directory of the copy: new or empty. */
  readonly target: string;
  /** True to copy the secrets of remotes too. Default false. */
  readonly withCredentials?: boolean;
  /** True where every payload of the copy is rebuilt and compared. */
  readonly isDeep: boolean;
  readonly onProgress?: (progress: BackupProgress) => void;
}

/** The progress of a backup. */
export type BackupProgress =
  | { readonly step: 'events'; readonly done: number }
  | { readonly step: 'verifying' }
  | { readonly step: 'files' | 'segments'; readonly done: number; readonly of: number };

/** The database of a copy until all of its files are there: a copy that was interrupted is not a store. */
const UNFINISHED = 'telemetry.db.unfinished';

/**
 * Copies the store at `dir`, as it is at one moment, while a server writes to it, and verifies the copy. All of the copy is
 * on disk when this resolves. On an error or abort the copy is removed.
 * @returns what the verification found in the copy, which is kept in either case; undefined when the signal aborted.
 * @throws TelemetryError `noStore`, or `failure` where the target is not empty or either directory cannot be used.
 */
export async function backupStore(options: BackupOptions, signal: AbortSignal): Promise<Verification | undefined> {
  const { dir, isDeep, onProgress } = options;
  // Before anything is written: is there a store that can be copied?
  openReader(dir).close();
  const target = resolve(options.target);
  const remove = claim(dir, target);
  try {
    await copyStore(dir, target, options, signal);
    onProgress?.({ step: 'verifying' });
    const verification = await verifyStore(
      {
        ...options,
        dir: target,
        isDeep,
        repairs: false,
        isUnshared: true,
        onProgress: ({ segments, of }) => onProgress?.({ step: 'segments', done: segments, of }),
      },
      signal,
    );
    signal.throwIfAborted();
    return verification;
  } catch (error) {
    remove();
    if (signal.aborted) return undefined;
    throw copyError(dir, target, error);
  }
}

/**
 * Makes the directory of the copy, and in it the file that becomes its database.
 * @returns what removes the copy, and the directory if it was made here.
 * @throws TelemetryError `failure` where it has files, lies within the store or cannot be used.
 */
function claim(dir: string, target: string): () => void {
  const isNew = !existsSync(target);
  try {
    if (`${realPath(target)}${sep}`.startsWith(`${realPath(dir)}${sep}`)) {
      throw new TelemetryError('failure', `cannot copy the store ${dir} into itself: ${target}`, {
        remedy: 'Name a directory outside of it.',
      });
    }
    const names = isNew ? [] : readdirSync(target);
    if (names.length > 0) throw notEmpty(target, names);
    makeStoreDirectory(target);
    chmodSync(target, 0o700);
    closeSync(openSync(join(target, UNFINISHED), 'wx', 0o600));
  } catch (error) {
    // Another backup was faster.
    throw isNew || codeOf(error) !== 'EEXIST' ? copyError(dir, target, error) : notEmpty(target, []);
  }
  return () => {
    for (const name of readdirSync(target)) rmSync(join(target, name), { recursive: true, force: true });
    if (isNew) rmdirSync(target);
  };
}

function notEmpty(target: string, names: readonly string[]): TelemetryError {
  const isInterrupted = names.includes(UNFINISHED) && !names.includes(basename(databaseFile(target)));
  const [what, remedy] = isInterrupted
    ? ['holds a backup that was interrupted', 'Remove it, or name another directory.']
    : ['is not empty', 'Name a new or an empty directory.'];
  return new TelemetryError('failure', `${target} ${what}; nothing was copied`, { remedy });
}

/** The path without links, as far as it exists. */
function realPath(path: string): string {
  const at = resolve(path);
  return existsSync(at) ? realpathSync(at) : join(realPath(dirname(at)), basename(at));
}

/** @throws the reason of the signal; what the disk or SQLite throws. */
async function copyStore(
  dir: string,
  target: string,
  { onWait, onProgress, withCredentials = false }: BackupOptions,
  signal: AbortSignal,
): Promise<void> {
  let unlock = await waitForArchive(dir, signal, onWait);
  signal.throwIfAborted();
  const release = (): void => {
    unlock?.();
    unlock = undefined;
  };
  // First the pin, then the snapshot that the list of files is read from.
  const unpin = pinSegments(dir);
  try {
    const unfinished = join(target, UNFINISHED);
    const { segments, cubes } = await copyDatabase(dir, unfinished, {
      signal,
      read: copy => ({
        segments: [...readSegments(copy), ...readDamagedSegments(copy)],
        cubes: readCubeFiles(copy).filter(({ droppedAt }) => droppedAt === null),
      }),
      onProgress: done => onProgress?.({ step: 'events', done }),
    });
    const files = [
      ...filesOf(dir, segments),
      ...present(
        dir,
        cubes.map(({ file }) => file),
      ),
      ...queryFiles(dir).map(({ path }) => path),
      ...(withCredentials ? present(dir, [CREDENTIALS_FILE]) : []),
    ];
    // The DuckDB database of an archive changes in place; other files do not, and the pin keeps them.
    if (unpin && !files.some(file => file.startsWith(DATABASE_FILE))) release();
    for (const [done, file] of files.entries()) {
      onProgress?.({ step: 'files', done, of: files.length });
      mkdirSync(dirname(join(target, file)), { recursive: true, mode: 0o700 });
      await copyFile(join(dir, file), join(target, file), signal);
      faultPoint('backup:file');
    }
    for (const folder of foldersOf(files)) syncPath(join(target, folder));
    faultPoint('backup:before-rename');
    renameSync(unfinished, databaseFile(target));
    syncPath(target);
    syncPath(dirname(target));
  } finally {
    unpin?.();
    release();
  }
}

/** The files of segments, relative to the store; a damaged one may be set aside. One that is missing is missing in the copy as well. */
function filesOf(dir: string, segments: readonly Segment[]): string[] {
  const files = segments.flatMap(({ file }) =>
    isInDatabase(file) ? [DATABASE_FILE, `${DATABASE_FILE}.wal`] : [file, damagedFile(file)],
  );
  return present(dir, [...new Set(files)]);
}

function present(dir: string, files: readonly string[]): string[] {
  return files.filter(file => statSync(join(dir, file), { throwIfNoEntry: false })?.isFile());
}

/** The folders above files, the inner ones first, up to the directory of the store. */
function foldersOf(files: readonly string[]): string[] {
  const folders = new Set<string>();
  for (const file of files) for (let at = dirname(file); at !== '.'; at = dirname(at)) folders.add(at);
  return [...folders].sort((a, b) => b.length - a.length);
}

/** Says why a copy failed: what the store or the disk of the copy refused. */
function copyError(dir: string, target: string, error: unknown): TelemetryError {
  if (error instanceof TelemetryError) return error;
  if (/^SQLITE_(?:CORRUPT|NOTADB)/.test(codeOf(error) ?? '')) return storeError('cannot read the store', dir, error);
  const remedy = isFullStore(target, error)
    ? 'Free some space there, or name a directory on another disk.'
    : 'Name another directory.';
  const { reason } = storeTrouble(target, error);
  return new TelemetryError('failure', `cannot copy the store to ${target}: ${reason}; nothing was kept of the copy`, {
    remedy,
    cause: error,
  });
}
