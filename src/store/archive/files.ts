import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  createReadStream,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { codeOf } from '../../core/errors.js';

/** The folder of a store that holds its segments, one folder a day. */
export function archiveFolder(dir: string): string {
  return join(dir, 'archive');
}

/** The folder of segments that are being written. Files found in it at a start were never finished. */
function unfinishedFolder(dir: string): string {
  return join(archiveFolder(dir), 'unfinished');
}

/** The type of a segment's events as part of a file's name: for people, so it need not be exact. */
function slugOf(type: string | null): string {
  const slug = type?.replaceAll(/[^\w-]+/g, '-').slice(0, 40);
  return slug === undefined || slug === '' ? 'mixed' : slug;
}

/** A name for a new segment's file, relative to the store; no other file has or had it. */
export function newSegmentFile(
  { day, type, firstId, lastId }: { day: string; type: string | null; firstId: number; lastId: number },
  extension: string,
): string {
  const range = [firstId, lastId].map(id => String(id).padStart(10, '0')).join('-');
  return join('archive', day, `${slugOf(type)}-${range}-${randomBytes(3).toString('hex')}.${extension}`);
}

/** The path that a damaged segment is moved to; relative to the store, as `file` is. */
export function damagedFile(file: string): string {
  return join('archive', 'damaged', file.replace(/^archive\//, '').replaceAll('/', '_'));
}

/** A file that is being written, outside of the place where it will be. */
export function unfinishedFile(dir: string, file: string): string {
  mkdirSync(unfinishedFolder(dir), { recursive: true, mode: 0o700 });
  return join(unfinishedFolder(dir), file.replaceAll('/', '_'));
}

/** Brings a written file to its place, on disk when this resolves. Returns its size in bytes and its SHA-256. */
export async function finishFile(
  dir: string,
  unfinished: string,
  file: string,
): Promise<{ bytes: number; checksum: string }> {
  chmodSync(unfinished, 0o600);
  syncPath(unfinished);
  const checksum = await checksumOf(unfinished);
  const { size: bytes } = statSync(unfinished);
  const place = join(dir, file);
  mkdirSync(dirname(place), { recursive: true, mode: 0o700 });
  renameSync(unfinished, place);
  for (const folder of [dirname(place), archiveFolder(dir), dir]) syncPath(folder);
  return { bytes, checksum };
}

/** The SHA-256 of a file, in hex. */
export async function checksumOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Removes a segment's file, and its day's folder when it was the last in it. */
export function removeFile(dir: string, file: string): void {
  rmSync(join(dir, file), { force: true });
  removeIfEmpty(dirname(join(dir, file)));
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(codeOf(error) ?? '')) throw error;
  }
}

/** Writes what the system still holds of a file or folder to the disk. */
function syncPath(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
