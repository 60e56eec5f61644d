import { randomFillSync } from 'node:crypto';
import { closeSync, openSync, statfsSync, statSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../../core/errors.js';
import { isDiskFull } from '../../core/trouble.js';

const KIB = 1024;

/**
 * The room that is kept for work that makes room, in bytes: a segment of some 100,000 events and the log of the
 * transactions that register it and delete what it replaces.
 */
const RESERVE_BYTES = 4096 * KIB;

/** Initial size of the reserve, in bytes: enough to open, read and prune the store by the segment. */
export const FIRST_RESERVE_BYTES = 512 * KIB;

/** No more than this share of what the disk has left is kept. */
const SHARE = 1 / 8;

const CHUNK_BYTES = 64 * KIB;

/** The name of the reserve in the directory of a store. */
export const RESERVE = 'reserve';

/** Error codes of file systems that cannot have or show a reserve: the store does without one. */
const WITHOUT = new Set(['ENOENT', 'EACCES', 'EPERM', 'EROFS', 'ENOSYS', 'EMFILE', 'ENFILE']);

/** The bytes that the file system of a directory has left; Infinity where it does not tell. */
export function freeBytes(dir: string): number {
  return unlessRefused(() => {
    const { bavail, bsize } = statfsSync(dir);
    return bavail * bsize;
  }, Infinity);
}

/**
 * Makes the reserve of the store at `dir`, or makes it larger: as much as there is room for, up to `most` bytes. Its
 * bytes are random, since zeros take no room on some file systems.
 */
export function makeReserve(dir: string, most = RESERVE_BYTES): void {
  const file = join(dir, RESERVE);
  unlessRefused(() => {
    const size = sizeOf(file) ?? 0;
    const wanted = Math.min(most, Math.max(FIRST_RESERVE_BYTES, freeBytes(dir) * SHARE));
    if (size + CHUNK_BYTES > wanted) return;
    const descriptor = openSync(file, 'a', 0o600);
    try {
      const chunk = randomFillSync(Buffer.allocUnsafe(CHUNK_BYTES));
      for (let at = size; at + CHUNK_BYTES <= wanted; at += CHUNK_BYTES) writeSync(descriptor, chunk);
    } finally {
      closeSync(descriptor);
    }
  }, undefined);
}

/** Gives the reserve's room back to the disk. Returns false where there was nothing to give. */
function dropReserve(dir: string): boolean {
  const file = join(dir, RESERVE);
  return unlessRefused(() => {
    if ((sizeOf(file) ?? 0) === 0) return false;
    truncateSync(file);
    return true;
  }, false);
}

/** Gives the reserve back where the disk has less left than the work that makes room may need. */
export function dropReserveIfFull(dir: string): void {
  if (freeBytes(dir) < RESERVE_BYTES) dropReserve(dir);
}

/**
 * True while the rest of the disk is for the work that frees space: the reserve was dropped, and no more space than it
 * had is free. New events must not take it.
 */
export function isReserveInUse(dir: string): boolean {
  return sizeOf(join(dir, RESERVE)) === 0 && freeBytes(dir) < RESERVE_BYTES;
}

/** Calls a function; if the disk is full, drops the reserve, calls it once more and creates the reserve again. */
export function withReserve<T>(dir: string, isFull: (error: unknown) => boolean, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isFull(error) || !dropReserve(dir)) throw error;
    try {
      return work();
    } finally {
      makeReserve(dir);
    }
  }
}

function sizeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.size;
}

function unlessRefused<T, U>(work: () => T, otherwise: U): T | U {
  try {
    return work();
  } catch (error) {
    if (isDiskFull(error) || WITHOUT.has(codeOf(error) ?? '')) return otherwise;
    throw error;
  }
}
