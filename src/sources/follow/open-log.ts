import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { codeOf, TelemetryError } from '../../core/errors.js';
import type { TakeBlock } from '../shared/blocks.js';
import { createTrail, fits, SAMPLE_BYTES, type Evidence } from '../shared/fingerprint.js';

/** How much is read at once, beyond the longest line. */
const CHUNK_BYTES = 256 * 1024;

/** How far a search for the end of the last line goes back at once. */
const BACK_BYTES = 64 * 1024;

const NEWLINE = 0x0a;

/** `changed`: what was read before is not in the file any more. */
export type LogState = 'more' | 'end' | 'changed';

/** A log that is open, and stays the same file whatever becomes of its name. */
export interface OpenLog {
  /** Device and inode. */
  readonly identity: string;
  /** Of the bytes taken. */
  evidence(): Evidence;
  /** When it was written to last, in milliseconds since 1970. */
  modified(): Promise<number>;
  /** In bytes. */
  size(): Promise<number>;
  /** Whether it has no name any more. */
  isRemoved(): Promise<boolean>;
  /** Whether it begins with what the evidence is of; nothing is no evidence. */
  fits(evidence: Evidence): Promise<boolean>;
  /** Goes to a place that fits. */
  seek(bytes: number): Promise<void>;
  /** Goes to the end of the last whole line. */
  seekEnd(): Promise<void>;
  /** Hands what is new to `take`. @param isLast whether what is unfinished never will be otherwise. */
  read(take: TakeBlock, isLast?: boolean): Promise<LogState>;
  close(): Promise<void>;
}

/**
 * Opens a log. @returns undefined when there is none.
 * @throws TelemetryError `usage` when it is no file; what the system says otherwise.
 */
export async function openLog(path: string, longestLine: number): Promise<OpenLog | undefined> {
  const file = await openOrNothing(path);
  if (!file) return undefined;
  const { dev, ino } = await file.stat();
  const chunkBytes = longestLine + CHUNK_BYTES;
  let trail = createTrail();
  /** What the file was like when all that could be taken was. */
  let settled = '';

  async function sample(start: number, end: number): Promise<Buffer> {
    const bytes = Buffer.alloc(end - start);
    const { bytesRead } = await file!.read(bytes, 0, bytes.length, start);
    return bytes.subarray(0, bytesRead);
  }

  async function seek(bytes: number): Promise<void> {
    const head = await sample(0, Math.min(bytes, SAMPLE_BYTES));
    trail = createTrail(bytes, head, await sample(Math.max(0, bytes - SAMPLE_BYTES), bytes));
    settled = '';
  }

  return {
    identity: `${dev}:${ino}`,
    evidence: () => trail.evidence(),
    modified: async () => (await file.stat()).mtimeMs,
    size: async () => (await file.stat()).size,
    isRemoved: async () => (await file.stat()).nlink === 0,
    fits: evidence => fits(file, evidence),
    seek,
    async seekEnd() {
      let end = (await file.stat()).size;
      while (end > 0) {
        const start = Math.max(0, end - BACK_BYTES);
        const newline = (await sample(start, end)).lastIndexOf(NEWLINE);
        if (newline >= 0) return seek(start + newline + 1);
        end = start;
      }
      return seek(0);
    },
    async read(take, isLast = false) {
      const { size, mtimeMs } = await file.stat();
      if (size < trail.bytes) return 'changed';
      const now = `${size} ${mtimeMs}`;
      if (now === settled && !isLast) return 'end';
      const chunk = await sample(trail.bytes, Math.min(size, trail.bytes + chunkBytes));
      // Looked at after the read: what was read is then behind what was taken before.
      if (trail.bytes > 0 && !(await fits(file, trail.evidence()))) return 'changed';
      const isEnd = trail.bytes + chunk.length >= size;
      const taken = take(chunk, isLast && isEnd);
      trail.add(chunk.subarray(0, taken));
      // A whole line that was not taken is one that another reading begins with.
      if (!isEnd || (taken > 0 && chunk.includes(NEWLINE, taken))) return 'more';
      settled = now;
      return 'end';
    },
    close: () => file.close(),
  };
}

async function openOrNothing(path: string): Promise<FileHandle | undefined> {
  let file: FileHandle;
  try {
    // Without O_NONBLOCK, a pipe would be waited for.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw noFile(path);
}

/** The error for a directory, a pipe or a device. */
export function noFile(path: string): TelemetryError {
  return new TelemetryError('usage', `cannot watch ${path}: it is no regular file`, {
    remedy: 'Name files, or a pattern in quotes such as "logs/*.log".',
  });
}
