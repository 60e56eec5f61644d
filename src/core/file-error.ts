import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { codeOf, messageOf, TelemetryError, type ErrorKind } from './errors.js';
import { troubleOf, type Trouble } from './trouble.js';

const READING: Readonly<Record<string, Trouble>> = {
  ENOENT: { reason: 'no such file', remedy: 'Check its name and its path.' },
  EISDIR: { reason: 'it is a directory', remedy: 'Name a file in it.' },
  ENOTDIR: { reason: 'a part of its path is not a directory', remedy: 'Check its path.' },
  EACCES: { reason: 'permission denied', remedy: 'Let this user read it, or name another file.' },
};

const NO_WRITE = 'Name a file where this user may write.';

const WRITING: Readonly<Record<string, Trouble>> = {
  EISDIR: { reason: 'it is a directory', remedy: 'Name a file in it.' },
  ENOTDIR: { reason: 'a part of its path is not a directory', remedy: 'Check its path.' },
  EACCES: { reason: 'permission denied', remedy: NO_WRITE },
  EROFS: { reason: 'the file system is read-only', remedy: NO_WRITE },
  ENOSPC: { reason: 'the disk is full', remedy: 'Make room on it, or name a file on another disk.' },
};

/** The error for a file of the user that cannot be read. @param file its path, also with words before it */
export function unreadableFile(file: string, error: unknown, kind: ErrorKind = 'failure'): TelemetryError {
  const { reason, remedy } = troubleIn(READING, error) ?? other(error, 'Name a file that can be read.');
  return new TelemetryError(kind, `cannot read ${file}: ${reason}`, { remedy, cause: error });
}

/** The error for a file that the user named as output and that cannot be written. */
export function unwritableFile(file: string, error: unknown): TelemetryError {
  const { reason, remedy } = writeTrouble(file, error);
  return new TelemetryError('failure', `cannot write ${file}: ${reason}`, { remedy, cause: error });
}

function writeTrouble(file: string, error: unknown): Trouble {
  if (codeOf(error) === 'ENOENT') {
    const directory = dirname(file);
    if (existsSync(directory)) return { reason: 'it cannot be created there', remedy: NO_WRITE };
    return {
      reason: `the directory ${directory} does not exist`,
      remedy: `Create it with mkdir -p ${directory}, or name another file.`,
    };
  }
  return troubleIn(WRITING, error) ?? other(error, 'Name another file.');
}

function troubleIn(known: Readonly<Record<string, Trouble>>, error: unknown): Trouble | undefined {
  const code = codeOf(error) === 'EPERM' ? 'EACCES' : (codeOf(error) ?? '');
  return Object.hasOwn(known, code) ? known[code] : undefined;
}

/** Without the system call and its path, which may be that of a temporary file. */
function other(error: unknown, remedy: string): Trouble {
  const reason = troubleOf(error)?.reason ?? messageOf(error).replace(/, \w+(?: '[^']*'(?: -> '[^']*')?)?$/, '');
  return { reason, remedy };
}
