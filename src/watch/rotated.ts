import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { Readable } from 'node:stream';
import { codeOf, TelemetryError } from '../core/errors.js';
import { fits, textFits, type Evidence } from '../feeds/evidence.js';
import { openInput } from '../feeds/input.js';
import type { LogPlace } from './place.js';

/** What rotations append to a name: a number, a date, `old`; and what compresses them. */
const ROTATION = /^(?:[.-](?:\d+|old|bak))+(?:\.(?:gz|zst))?$/i;

/** Names that belong to the log `app.log` otherwise: `app-2026-11-24.log`. */
const NAME_GOES_ON = /^[._-]/;

/** A file that may be what a log was before. */
interface Sibling {
  readonly path: string;
  /** The log that it lies beside. */
  readonly log: string;
  readonly identity: string;
  /** In milliseconds since 1970. */
  readonly modified: number;
}

/** The name of the log that a file is a rotated one of, as its name tells; undefined when it does not. */
export function rotatedFrom(path: string): string | undefined {
  const [ending] = /(?:[.-](?:\d+|old|bak))+(?:\.(?:gz|zst))?$/i.exec(basename(path)) ?? [];
  if (ending === undefined || ending.length === basename(path).length) return undefined;
  return path.slice(0, -ending.length);
}

/** The file in the directory of `path`, under another name, that what was read up to the place is in. */
export async function findRotated(path: string, place: LogPlace): Promise<Sibling | undefined> {
  const siblings = await siblingsOf(path);
  const isOurs = ({ path: other, log }: Sibling): boolean => basename(other).startsWith(stemOf(log));
  const same = siblings.filter(({ identity }) => identity === place.file);
  // An inode alone is soon used again.
  if (place.bytes === 0) return same.find(isOurs);
  const copies = siblings.filter(sibling => !same.includes(sibling) && isOurs(sibling) && isGoneOn(sibling));
  for (const sibling of [...same, ...copies]) if (await fileFits(sibling.path, place)) return sibling;
  return undefined;
}

/** Rotated files of a log that were written to last since then, and are none of those that were read; oldest first. */
export async function rotatedSince(
  path: string,
  since: number,
  passed: readonly Evidence[],
  identities: readonly (string | undefined)[],
): Promise<Sibling[]> {
  const found: Sibling[] = [];
  for (const sibling of await siblingsOf(path)) {
    const name = basename(sibling.log);
    const other = basename(sibling.path);
    if (!other.startsWith(name) || !ROTATION.test(other.slice(name.length))) continue;
    if (sibling.modified < since || identities.includes(sibling.identity)) continue;
    if (!(await fitsAny(sibling.path, passed))) found.push(sibling);
  }
  return found.sort((a, b) => a.modified - b.modified);
}

/** Whether a file, compressed or not, begins with what one of the evidences is of. */
export async function fitsAny(path: string, evidences: readonly Evidence[]): Promise<boolean> {
  for (const evidence of evidences) if (await fileFits(path, evidence)) return true;
  return false;
}

async function fileFits(path: string, evidence: Evidence): Promise<boolean> {
  if (evidence.bytes === 0) return false;
  try {
    const input = await openInput(path, Readable.from([]));
    try {
      if (!input.file) return false;
      if (!input.isCompressed) return await fits(input.file, evidence);
      return await textFits(input.chunks(0, new AbortController().signal), evidence);
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

function isGoneOn({ path, log }: Sibling): boolean {
  return NAME_GOES_ON.test(basename(path).slice(stemOf(log).length));
}

/** The other files of its directory, and of the one that a link leads to; the last written to first. */
async function siblingsOf(path: string): Promise<Sibling[]> {
  const target = await realpath(path).catch(() => path);
  const siblings: Sibling[] = [];
  for (const log of new Set([path, target])) {
    for (const name of await readdir(dirname(log)).catch(nothingThere)) {
      const sibling = join(dirname(log), name);
      if (sibling === path || sibling === target) continue;
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
