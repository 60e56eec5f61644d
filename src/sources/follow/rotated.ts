import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { Readable } from 'node:stream';
import { codeOf, TelemetryError } from '../../core/errors.js';
import { fits, textFits, type Evidence } from '../shared/fingerprint.js';
import { openInput } from '../shared/input.js';
import { identityAt } from './identity.js';
import type { OpenLog } from './open-log.js';
import { isCompressed } from './patterns.js';
import type { LogPlace, Passed } from './place.js';

/** What rotations append to a name: a number, a date, `old`; and what compresses them. */
const ROTATION = /^(?:[._-](?:\d[\dT]*|old|bak))+(?:\.(?:gz|zst))?$/i;

/** What tells a date from a number. */
const DATE = /\d{4}/;

/** Names that belong to the log `app.log` otherwise: `app-2026-11-24.log`. */
const NAME_GOES_ON = /^[._-]/;

/** Copying and compressing keep the time of the last write, some only its second. */
const COARSEST_TIME_MS = 2000;

/** A file that may be what a log was before. */
export interface Sibling {
  readonly path: string;
  /** The log that it lies beside. */
  readonly log: string;
  readonly identity: string;
  /** In milliseconds since 1970. */
  readonly modified: number;
}

/** The name of the log that a file is a rotated one of, as its name tells; undefined when it does not. */
export function rotatedFrom(path: string): string | undefined {
  const [ending] = /(?:[._-](?:\d[\dT]*|old|bak))+(?:\.(?:gz|zst))?$/i.exec(basename(path)) ?? [];
  if (ending === undefined || ending.length === basename(path).length) return undefined;
  return path.slice(0, -ending.length);
}

/**
 * Where a log's place is: in the file that has its name, or in one that was rotated away; undefined when neither is so.
 * A file that is another by its inode, and begins with the same bytes, is the log rewritten if nothing else is the log.
 */
export async function locate(
  path: string,
  named: OpenLog | undefined,
  place: LogPlace,
): Promise<'named' | Sibling | undefined> {
  if (named && place.bytes === 0 && (place.file === '' || place.file === named.identity)) return 'named';
  const isNamed = named !== undefined && (await named.fits(place));
  if (isNamed && inodeOf(named.identity) === inodeOf(place.file)) return 'named';
  return (await findRotated(path, place)) ?? (isNamed && place.bytes > 0 ? 'named' : undefined);
}

/** The file in the directory of `path`, under another name, that what was read up to the place is in. */
export async function findRotated(path: string, place: LogPlace): Promise<Sibling | undefined> {
  const siblings = await siblingsOf(path);
  const isOurs = ({ path: other, log }: Sibling): boolean => basename(other).startsWith(stemOf(log));
  const same = siblings.filter(({ identity }) => identity === place.file);
  // An inode alone is soon used again.
  if (place.bytes === 0) return same.find(isOurs);
  for (const sibling of same) if (await fileFits(sibling.path, place)) return sibling;
  for (const sibling of siblings) {
    const isRecent = sibling.modified + COARSEST_TIME_MS >= place.since;
    if (!isRecent || !isOurs(sibling) || !isGoneOn(sibling)) continue;
    if ((await fileFits(sibling.path, place)) && !(await isPassed(sibling.path, place.passed))) return sibling;
  }
  return undefined;
}

/** Rotated files of a log that were written to last since then, and are none of those that were read; oldest first. */
export async function rotatedSince(path: string, since: number, passed: readonly Passed[]): Promise<Sibling[]> {
  const found: Sibling[] = [];
  for (const sibling of await siblingsOf(path)) {
    if (sibling.modified < since || !ROTATION.test(endingOf(sibling))) continue;
    if (!(await isPassed(sibling.path, passed))) found.push(sibling);
  }
  return found.sort((a, b) => a.modified - b.modified || byName(a, b));
}

/** Whether a file, compressed or not, begins with what one of the evidences is of. */
export async function fitsAny(path: string, evidences: readonly Evidence[]): Promise<boolean> {
  for (const evidence of evidences) if (await fileFits(path, evidence)) return true;
  return false;
}

/** Whether a file is one of those that were read: the same, whatever was written to it since, or a copy of its bytes. */
export async function isPassed(path: string, passed: readonly Passed[]): Promise<boolean> {
  const identity = identityAt(path);
  for (const one of passed) if (await fileFits(path, one, one.file !== identity)) return true;
  return false;
}

/** @param isWhole whether it has to end there. */
async function fileFits(path: string, evidence: Evidence, isWhole = false): Promise<boolean> {
  if (evidence.bytes === 0) return false;
  try {
    const input = await openInput(path, Readable.from([]));
    try {
      if (!input.file) return false;
      if (input.isCompressed) return await textFits(input.chunks(0, new AbortController().signal), evidence, isWhole);
      return (!isWhole || input.size === evidence.bytes) && (await fits(input.file, evidence));
    } finally {
      await input.close();
    }
  } catch (error) {
    // Gone again, not ours to read, or still being compressed.
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

/** Of files that were written to at the same time, the older first: of two numbers the higher, of two dates the lower. */
function byName(a: Sibling, b: Sibling): number {
  const [first, second] = [a, b].map(sibling => endingOf(sibling));
  const order = first!.localeCompare(second!, 'en', { numeric: true });
  return DATE.test(first!) ? order : -order;
}

function inodeOf(identity: string): string | undefined {
  return identity.split(':')[1];
}

function isGoneOn({ path, log }: Sibling): boolean {
  return NAME_GOES_ON.test(basename(path).slice(stemOf(log).length));
}

/** The other files of its directory, and of the one that a link leads to; the last written to first. */
async function siblingsOf(path: string): Promise<Sibling[]> {
  const target = await realpath(path).catch(() => path);
  const siblings: Sibling[] = [];
  for (const log of new Set([path, target])) {
    const names = new Set(await readdir(dirname(log)).catch(nothingThere));
    for (const name of names) {
      const sibling = join(dirname(log), name);
      if (sibling === path || sibling === target) continue;
      // Until the compressed one is whole, the other stays.
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
