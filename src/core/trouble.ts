import { codeOf, messageOf } from './errors.js';

/** An error of the operating system in words, with a remedy. */
export interface Trouble {
  readonly reason: string;
  readonly remedy: string;
}

/** Troubles by their code, which is an errno where it has one. */
const TROUBLES = {
  ENOSPC: {
    reason: 'the disk is full',
    remedy: 'Free some space on it; telemetry prune and telemetry retention run work on a full disk as well.',
  },
  EDQUOT: {
    reason: "the user's disk quota is used up",
    remedy: 'Free some space, for example with telemetry prune, or ask for a larger quota.',
  },
  EROFS: {
    reason: 'the file system is read-only',
    remedy: 'Mount it for writing, or name another directory with --store DIR.',
  },
  EMFILE: {
    reason: 'this process has as many open files as it may have',
    remedy: 'Raise the limit: ulimit -n 4096.',
  },
  ENFILE: { reason: 'the system has as many open files as it may have', remedy: 'Close other programs.' },
  EACCES: {
    reason: 'permission denied',
    remedy: 'Check the permissions of the directory, or name another with --store DIR.',
  },
  EIO: { reason: 'the disk reports an error', remedy: 'Check the disk: see the log of the system (dmesg).' },
  ENAMETOOLONG: { reason: 'its path is too long', remedy: 'Name another directory with --store DIR.' },
  ENOTDIR: { reason: 'a part of its path is not a directory', remedy: 'Name another directory with --store DIR.' },
  ELOOP: { reason: 'its path is a loop of links', remedy: 'Name another directory with --store DIR.' },
  MODULE: {
    reason: `a module of telemetry was built for another Node than this one (${process.version})`,
    remedy: 'Install telemetry again with this Node, or run npm rebuild in its directory.',
  },
  NO_MODULE: {
    reason: 'a native module of telemetry cannot be loaded',
    remedy: 'Install telemetry again on this machine: its modules fit one system, processor and C library.',
  },
} as const satisfies Readonly<Record<string, Trouble>>;

type TroubleCode = keyof typeof TROUBLES;

/** Codes that mean the same. */
const SAME: Readonly<Record<string, TroubleCode>> = {
  SQLITE_FULL: 'ENOSPC',
  EPERM: 'EACCES',
  SQLITE_PERM: 'EACCES',
};

/** Error messages of the C library, which DuckDB quotes for failed system calls. */
const WORDS: readonly (readonly [RegExp, TroubleCode])[] = [
  [/No space left on device|failed to offload data block/i, 'ENOSPC'],
  [/quota exceeded/i, 'EDQUOT'],
  [/Read-only file system/i, 'EROFS'],
  [/Too many open files in system/i, 'ENFILE'],
  [/Too many open files/i, 'EMFILE'],
  [/Permission denied|Operation not permitted/i, 'EACCES'],
  [/Input\/output error/i, 'EIO'],
];

/**
 * Recognizes an error of the operating system by its errno, the code of SQLite or the text of DuckDB. Returns undefined
 * for any other error.
 */
export function troubleOf(error: unknown): (Trouble & { readonly code: string }) | undefined {
  const own = codeOf(error) ?? '';
  if (isModuleError(error)) return { ...moduleTrouble(error), code: own };
  const code = SAME[own] ?? (own in TROUBLES ? (own as TroubleCode) : wordsOf(messageOf(error)));
  return code && { ...TROUBLES[code], code };
}

/** The trouble of that errno; undefined for one that is not known. */
export function troubleNamed(errno: string): Trouble | undefined {
  const code = SAME[errno] ?? errno;
  return code in TROUBLES ? TROUBLES[code as TroubleCode] : undefined;
}

function isModuleError(error: unknown): boolean {
  return codeOf(error) === 'ERR_DLOPEN_FAILED' || /NODE_MODULE_VERSION|bindings file/.test(messageOf(error));
}

/** better-sqlite3 names its missing module by every place that it looked at: the first line is enough. */
function moduleTrouble(error: unknown): Trouble {
  const message = messageOf(error);
  if (message.includes('NODE_MODULE_VERSION')) return TROUBLES.MODULE;
  const { reason, remedy } = TROUBLES.NO_MODULE;
  return { reason: `${reason} (${message.split('\n', 1)[0]!})`, remedy };
}

function wordsOf(message: string): TroubleCode | undefined {
  return WORDS.find(([words]) => words.test(message))?.[1];
}

/** True for the error of a full disk. */
export function isDiskFull(error: unknown): boolean {
  const code = troubleOf(error)?.code;
  return code === 'ENOSPC' || code === 'EDQUOT';
}
