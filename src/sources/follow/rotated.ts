import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { Readable } from 'node:stream';
import { codeOf, TelemetryError } from '../../core/errors.js';
import { fits, textFits, type Fingerprint } from '../shared/fingerprint.js';
import { openInput } from '../shared/input.js';
import { identityAt } from './identity.js';
import type { OpenLog } from './open-log.js';
import { isCompressed } from './patterns.js';
import type { LogOffset, Passed } from './log-offset.js';

/** Suffixes that rotations append to a name: a number, a date, `old`, and the compression. */
const ROTATION = /^(?:[._-](?:\d[\dT]*|old|bak))+(?:\.(?:gz|zst))?$/i;

/** Four digits tell a date from a number. */
const DATE = /\d{4}/;

/** Names that continue the log's stem also belong to it: `app-2026-11-24.log` to `app.log`. */
const NAME_CONTINUES = /^[._-]/;

/** Copying and compressing keep the time of the last write, some tools only to the second. */
const MAX_TIME_ERROR_MS = 2000;

/** A file that may be an earlier part of a log. */
export interface Sibling {
  readonly path: string;
  /** The log in the same directory. */
  readonly log: string;
  readonly identity: string;
  /** In milliseconds since 1970. */
  readonly modified: number;
}

/** The log's path, when a file's name looks like that of a rotated one; otherwise undefined. */
export function rotatedFrom(path: string): string | undefined {
  const [ending] = /(?:[._-](?:\d[\dT]*|old|bak))+(?:\.(?:gz|zst))?$/i.exec(basename(path)) ?? [];
  if (ending === undefined || ending.length === basename(path).length) return undefined;
  return path.slice(0, -ending.length);
}

/**
 * Finds the file that holds an offset: `named`, or one that was rotated away; undefined when no file does.
 * A file with another inode and the same first bytes is a rewritten log, if no other file is the log.
 */
export async function locate(
  path: string,
  named: OpenLog | undefined,
  offset: LogOffset,
): Promise<'named' | Sibling | undefined> {
  if (named && offset.bytes === 0 && (offset.file === '' || offset.file === named.identity)) return 'named';
  const isNamed = named !== undefined && (await named.fits(offset));
  if (isNamed && inodeOf(named.identity) === inodeOf(offset.file)) return 'named';
  return (await findRotated(path, offset)) ?? (isNamed && offset.bytes > 0 ? 'named' : undefined);
}

/** The file in the directory of `path`, under another name, that holds the bytes read up to the offset. */
export async function findRotated(path: string, offset: LogOffset): Promise<Sibling | undefined> {
  const siblings = await siblingsOf(path);
  const isOurs = ({ path: other, log }: Sibling): boolean => basename(other).startsWith(stemOf(log));
  const same = siblings.filter(({ identity }) => identity === offset.file);
  // An inode alone is not enough: the system soon reuses it.
  if (offset.bytes === 0) return same.find(isOurs);
  for (const sibling of same) if (await fileFits(sibling.path, offset)) return sibling;
  for (const sibling of siblings) {
    const isRecent = sibling.modified + MAX_TIME_ERROR_MS >= offset.since;
    if (!isRecent || !isOurs(sibling) || !hasContinuedName(sibling)) continue;
    if ((await fileFits(sibling.path, offset)) && !(await isPassed(sibling.path, offset.passed))) return sibling;
  }
  return undefined;
}

/** Unread rotated files of a log that were written to since a time; oldest first. */
export async function rotatedSince(path: string, since: number, passed: readonly Passed[]): Promise<Sibling[]> {
  const found: Sibling[] = [];
  for (const sibling of await siblingsOf(path)) {
    if (sibling.modified < since || !ROTATION.test(endingOf(sibling))) continue;
    if (!(await isPassed(sibling.path, passed))) found.push(sibling);
  }
  return found.sort((a, b) => a.modified - b.modified || byName(a, b));
}

/** True when a file, compressed or not, begins with the bytes of one of the fingerprints. */
export async function fitsAny(path: string, fingerprints: readonly Fingerprint[]): Promise<boolean> {
  for (const fingerprint of fingerprints) if (await fileFits(path, fingerprint)) return true;
  return false;
}

/** True for a file that was read before: the same file, also with appended lines, or a copy of its bytes. */
export async function isPassed(path: string, passed: readonly Passed[]): Promise<boolean> {
  const identity = identityAt(path);
  for (const one of passed) if (await fileFits(path, one, one.file !== identity)) return true;
  return false;
}

/** @param isWhole true when the fingerprint must cover the whole file */
async function fileFits(path: string, fingerprint: Fingerprint, isWhole = false): Promise<boolean> {
  if (fingerprint.bytes === 0) return false;
  try {
    const input = await openInput(path, Readable.from([]));
    try {
      if (!input.file) return false;
      if (input.isCompressed)
        return await textFits(input.chunks(0, new AbortController().signal), fingerprint, isWhole);
      return (!isWhole || input.size === fingerprint.bytes) && (await fits(input.file, fingerprint));
    } finally {
      await input.close();
    }
  } catch (error) {
    // Removed meanwhile, not readable, or still being compressed.
    if (error instanceof TelemetryError || codeOf(error) !== undefined) return false;
    throw error;
  }
}

function stemOf(path: string): string {
  return basename(path, extname(path));
}

function endingOf({ path, log }: Sibling): string {
  return basename(path).startsWith(basename(log)) ? basename(path).slice(basename(log).length) : '';
}

/** Orders files with the same time of the last write, older first: the higher number, the lower date. */
function byName(a: Sibling, b: Sibling): number {
  const [first, second] = [a, b].map(sibling => endingOf(sibling));
  const order = first!.localeCompare(second!, 'en', { numeric: true });
  return DATE.test(first!) ? order : -order;
}

function inodeOf(identity: string): string | undefined {
  return identity.split(':')[1];
}

function hasContinuedName({ path, log }: Sibling): boolean {
  return NAME_CONTINUES.test(basename(path).slice(stemOf(log).length));
}

/** The other files in the directories of the path and of its link target; last written first. */
async function siblingsOf(path: string): Promise<Sibling[]> {
  const target = await realpath(path).catch(() => path);
  const siblings: Sibling[] = [];
  for (const log of new Set([path, target])) {
    const names = new Set(await readdir(dirname(log)).catch(nothingThere));
    for (const name of names) {
      const sibling = join(dirname(log), name);
      if (sibling === path || sibling === target) continue;
      // The original stays until the compressed file is complete.
      if (isCompressed(name) && names.has(basename(name, extname(name)))) continue;
      const stats = await stat(sibling).catch(() => undefined);
      if (!stats?.isFile()) continue;
      siblings.push({ path: sibling, log, identity: `${stats.dev}:${stats.ino}`, modified: stats.mtimeMs });
    }
  }
  return siblings.sort((a, b) => b.modified - a.modified);
}

function nothingThere(error: unknown): string[] {
  if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(codeOf(error) ?? '')) return [];
  throw error;
}
