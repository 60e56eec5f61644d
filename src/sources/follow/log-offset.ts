import type { LineInputFormat } from '../../core/input-format.js';
import type { Fingerprint } from '../shared/fingerprint.js';

/** Number of finished files to remember: a rotation may keep them under other names. */
const REMEMBERED = 8;

/** A file that was read to its end. */
export interface Passed extends Fingerprint {
  /** Device and inode. */
  readonly file: string;
}

/**
 * The offset up to which a log is read, as its checkpoint stores it. Its fingerprint covers the bytes read: all lines
 * before the offset.
 */
export interface LogOffset extends Fingerprint {
  /** The number of the last event before the offset. */
  readonly at: number;
  /** Pieces taken of the line that the offset is in; 0 between two lines. */
  readonly part: number;
  /** The longest line that is not cut, in bytes: a different limit would number the events differently. */
  readonly limit: number;
  /** The format of its lines, with the pattern of `regex`; text when absent. */
  readonly reading?: LineInputFormat | undefined;
  readonly pattern?: string | undefined;
  /** Device and inode; empty before there was a file. */
  readonly file: string;
  /**
   * The file's last write before its first byte was read, in milliseconds since 1970. Files rotated away before are not
   * read.
   */
  readonly since: number;
  /** Files that were read to their end, the newest last. */
  readonly passed: readonly Passed[];
}

/** The finished files, including the one that the offset is in. */
export function withPassed({ passed, bytes, head, tail, file }: LogOffset): readonly Passed[] {
  return bytes === 0 ? passed : [...passed, { bytes, head, tail, file }].slice(-REMEMBERED);
}

/** Parses the offset in a checkpoint; undefined when it is not one. */
export function logOffsetIn(checkpoint: string): LogOffset | undefined {
  try {
    const offset = JSON.parse(checkpoint) as Partial<LogOffset> | null;
    const isOffset =
      typeof offset?.at === 'number' &&
      typeof offset.bytes === 'number' &&
      typeof offset.part === 'number' &&
      typeof offset.limit === 'number' &&
      typeof offset.since === 'number' &&
      Array.isArray(offset.passed);
    return isOffset ? (offset as LogOffset) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
