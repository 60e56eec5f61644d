import { accessSync, closeSync, constants, openSync } from 'node:fs';
import { codeOf, messageOf, TelemetryError } from '../../core/errors.js';
import { isDiskFull, troubleNamed, troubleOf, type Trouble } from '../../core/trouble.js';
import { freeBytes } from './reserve.js';

/**
 * The cause of an error of the store at `dir`. SQLite keeps the errno of a file that it could not open, enlarge or map
 * (CANTOPEN, IOERR): the directory is examined then.
 */
export function storeTrouble(dir: string, error: unknown): Trouble {
  const known = troubleOf(error) ?? sqliteTrouble(codeOf(error)) ?? lookedUp(dir, error);
  return known ?? { reason: messageOf(error), remedy: 'Name another directory with --store DIR.' };
}

/** True when a full disk caused an error of the store at `dir`. SQLite does not always report it as one. */
export function isFullStore(dir: string, error: unknown): boolean {
  if (error instanceof TelemetryError) return isDiskFull(error.cause);
  return isDiskFull(error) || storeTrouble(dir, error) === troubleNamed('ENOSPC');
}

/** Makes an error of the store the user's: what could not be done, why, and the way out. */
export function storeError(what: string, dir: string, error: unknown): TelemetryError {
  if (error instanceof TelemetryError) return error;
  const { reason, remedy } = storeTrouble(dir, error);
  return new TelemetryError('failure', `${what} ${dir}: ${reason}`, { remedy, cause: error });
}

function sqliteTrouble(code: string | undefined): Trouble | undefined {
  switch (code) {
    case 'SQLITE_NOTADB':
      return {
        reason: 'telemetry.db in it is not a SQLite database',
        remedy: 'Name another directory with --store DIR.',
      };
    case 'SQLITE_CORRUPT':
      return {
        reason: 'telemetry.db in it is damaged',
        remedy:
          'Save what can be read of it, in a copy of the directory: sqlite3 telemetry.db .recover. Or name another directory with --store DIR.',
      };
    case 'SQLITE_BUSY':
      return {
        reason: 'another process holds it for longer than is waited',
        remedy: 'Try again; see which processes use it, for example with lsof.',
      };
    default:
      return undefined;
  }
}

/** Finds out what the system would refuse. */
function lookedUp(dir: string, error: unknown): Trouble | undefined {
  const code = codeOf(error) ?? '';
  if (!/^SQLITE_(?:CANTOPEN|IOERR|READONLY)/.test(code)) return undefined;
  for (const look of [openAnother, () => accessSync(dir, constants.W_OK | constants.X_OK), () => findRoom(dir)]) {
    try {
      look();
    } catch (refused) {
      const trouble = troubleNamed(codeOf(refused) ?? '');
      if (trouble) return trouble;
    }
  }
  return code.startsWith('SQLITE_READONLY') ? troubleNamed('EACCES') : undefined;
}

function openAnother(): void {
  closeSync(openSync('/', 'r'));
}

/** Size of the index of the log in SQLite, in bytes. */
const INDEX_BYTES = 32 * 1024;

/** Throws ENOSPC where the file system of a directory has no room for that. */
function findRoom(dir: string): void {
  if (freeBytes(dir) < INDEX_BYTES) throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
}
