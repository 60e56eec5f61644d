import { chmodSync, closeSync, openSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, TelemetryError } from '../../core/errors.js';

/** The permissions of a directory that only its owner may enter. */
const OWNER_ONLY = 0o700;
const OTHERS = 0o077;
const OTHERS_WRITE = 0o022;
/** Of directories that all users share, such as /tmp. */
const STICKY = 0o1000;

/** The entries that telemetry makes in the directory of a store. */
const STORE_FILES =
  /^(?:telemetry\.db(?:-wal|-shm|-journal|\.unfinished)?|archive|cubes|queries|shell_history|readers|reserve|server\.json(?:\..*)?|(?:query|tail)\.sock|read\.token|[\w-]+\.lock(?:-journal)?)$/;

/** The entries allowed in a directory that becomes a store: locks come first, and a disk's root has `lost+found`. */
const BEFORE_STORE = /^(?:[\w-]+\.lock(?:-journal)?|lost\+found)$/;

/**
 * Closes the directory of a store to other users where it is open to them. One that holds a store and nothing else, or
 * nothing at all, gets mode 0700. One that holds other files stays as it is, as long as others may not write to it: then
 * the files of the store are closed.
 * @throws TelemetryError `failure` where others could replace the files of the store.
 */
export function closeToOthers(dir: string): void {
  const stats = statSync(dir);
  // A system without users has no modes.
  const user = process.getuid?.();
  if (user === undefined || !stats.isDirectory() || (stats.mode & OTHERS) === 0) return;
  const names = readdirSync(dir);
  if (!isForStore(names) || (stats.mode & STICKY) !== 0) {
    if ((stats.mode & OTHERS_WRITE) !== 0) throw isShared(dir, stats.mode);
    for (const name of names) if (STORE_FILES.test(name)) closeFile(join(dir, name));
    return;
  }
  if (tryChmod(dir, OWNER_ONLY)) return;
  // A file system without modes refuses its owner as well.
  if (stats.uid !== user) throw isOfAnother(dir, stats.mode);
}

/**
 * Makes an empty file that only its owner may read, unless it exists: SQLite makes files that others may read. One that
 * exists is not opened: closing it would release the locks that this process has on it (POSIX, fcntl).
 */
export function createClosedFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

/** Takes the permissions of other users from a file, as far as this process may. */
export function closeFile(path: string): void {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
  if (process.getuid && (mode & OTHERS) !== 0) tryChmod(path, mode & OWNER_ONLY);
}

function isForStore(names: readonly string[]): boolean {
  if (names.includes('telemetry.db')) return names.every(name => STORE_FILES.test(name) || BEFORE_STORE.test(name));
  return names.every(name => BEFORE_STORE.test(name));
}

function tryChmod(path: string, mode: number): boolean {
  try {
    chmodSync(path, mode);
    return true;
  } catch (error) {
    if (!['EPERM', 'EACCES', 'EROFS', 'ENOENT', 'ENOSYS', 'ENOTSUP'].includes(codeOf(error) ?? '')) throw error;
    return false;
  }
}

const modeText = (mode: number): string => (mode & 0o7777).toString(8).padStart(4, '0');

function isShared(dir: string, mode: number): TelemetryError {
  const why = mode & STICKY ? 'all users share it' : 'it holds other files, and other users may write to it';
  return new TelemetryError('failure', `cannot keep a store in ${dir}: ${why} (mode ${modeText(mode)})`, {
    remedy: `Name a new directory in it: --store ${join(dir, 'telemetry')}`,
  });
}

function isOfAnother(dir: string, mode: number): TelemetryError {
  return new TelemetryError(
    'failure',
    `cannot close ${dir} to other users: it has mode ${modeText(mode)} and belongs to another user`,
    {
      remedy: `Name a new directory in it: --store ${join(dir, 'telemetry')}. Or make it this user's own, with mode 700 (chown, chmod).`,
    },
  );
}
