import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { codeOf, TelemetryError } from '../../core/errors.js';
import type { TakeBlock } from '../shared/blocks.js';
import { FingerprintBuilder, fits, SAMPLE_BYTES, type Fingerprint } from '../shared/fingerprint.js';

/** Bytes read at once, in addition to the longest line. */
const CHUNK_BYTES = 256 * 1024;

/** Bytes searched at once for the end of the last line. */
const BACK_BYTES = 64 * 1024;

const NEWLINE = 0x0a;

/** `changed`: the bytes read before are no longer in the file. */
export type LogState = 'more' | 'end' | 'changed';

/** An open log: the same file whatever happens to its name. */
export interface OpenLog {
  /** Device and inode. */
  readonly identity: string;
  /** Of the bytes read. */
  fingerprint(): Fingerprint;
  /** The time of the last write, in milliseconds since 1970. */
  modified(): Promise<number>;
  /** In bytes. */
  size(): Promise<number>;
  /** True when the file has no name any more. */
  isRemoved(): Promise<boolean>;
  /** True when the file begins with the bytes of the fingerprint; an empty fingerprint matches every file. */
  fits(fingerprint: Fingerprint): Promise<boolean>;
  /** Moves to an offset at a line start. */
  seek(bytes: number): Promise<void>;
  /** Moves to the end of the last whole line. */
  seekEnd(): Promise<void>;
  /** Passes new bytes to `take`. @param isLast true when an unfinished line will not be continued. */
  read(take: TakeBlock, isLast?: boolean): Promise<LogState>;
  close(): Promise<void>;
}

/**
 * Opens a log.
 * @returns undefined when it does not exist.
 * @throws TelemetryError `usage` when it is not a regular file; other errors of the system.
 */
export async function openLog(path: string, longestLine: number): Promise<OpenLog | undefined> {
  const file = await openOrNothing(path);
  if (!file) return undefined;
  const { dev, ino } = await file.stat();
  const chunkBytes = longestLine + CHUNK_BYTES;
  let builder = new FingerprintBuilder();
  /** Size and time of the file when everything in it was taken. */
  let settled = '';

  async function sample(start: number, end: number): Promise<Buffer> {
    const bytes = Buffer.alloc(end - start);
    const { bytesRead } = await file!.read(bytes, 0, bytes.length, start);
    return bytes.subarray(0, bytesRead);
  }

  async function seek(bytes: number): Promise<void> {
    const head = await sample(0, Math.min(bytes, SAMPLE_BYTES));
    builder = new FingerprintBuilder(bytes, head, await sample(Math.max(0, bytes - SAMPLE_BYTES), bytes));
    settled = '';
  }

  return {
    identity: `${dev}:${ino}`,
    fingerprint: () => builder.fingerprint(),
    modified: async () => (await file.stat()).mtimeMs,
    size: async () => (await file.stat()).size,
    isRemoved: async () => (await file.stat()).nlink === 0,
    fits: fingerprint => fits(file, fingerprint),
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
      if (size < builder.bytes) return 'changed';
      const now = `${size} ${mtimeMs}`;
      if (now === settled && !isLast) return 'end';
      const chunk = await sample(builder.bytes, Math.min(size, builder.bytes + chunkBytes));
      // Checked after the read: only then do these bytes follow those read before.
      if (builder.bytes > 0 && !(await fits(file, builder.fingerprint()))) return 'changed';
      const isEnd = builder.bytes + chunk.length >= size;
      const taken = take(chunk, isLast && isEnd);
      builder.add(chunk.subarray(0, taken));
      // A whole line that was not taken starts a different format.
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
    // Without O_NONBLOCK, opening a pipe would block.
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
  return new TelemetryError('usage', `cannot watch ${path}: not a regular file`, {
    remedy: 'Name files, or a pattern in quotes such as "logs/*.log".',
  });
}
