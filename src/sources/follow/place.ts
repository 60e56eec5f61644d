import type { LineReading } from '../../core/input-format.js';
import type { Evidence } from '../shared/fingerprint.js';

/** How many files that were read to their end are remembered: a rotation may keep them under other names. */
const REMEMBERED = 8;

/** A file that was read to its end. */
export interface Passed extends Evidence {
  /** Device and inode. */
  readonly file: string;
}

/** How far a log is read, as a checkpoint keeps it. Its evidence is that of the bytes read: all lines before the place. */
export interface LogPlace extends Evidence {
  /** The number of the last event before the place. */
  readonly at: number;
  /** Pieces taken of the line that the place is in; 0 between two lines. */
  readonly part: number;
  /** The longest line that is not cut, in bytes: cut otherwise, the events would have other numbers. */
  readonly limit: number;
  /** What its lines are read as, with the pattern of `regex`; text where it does not say. */
  readonly reading?: LineReading | undefined;
  readonly pattern?: string | undefined;
  /** Device and inode; empty while there was no file yet. */
  readonly file: string;
  /** When the file was written to before its first byte was read, in milliseconds since 1970; what was rotated away after that is not read. */
  readonly since: number;
  /** Files that were read to their end, the newest last. */
  readonly passed: readonly Passed[];
}

/** The files that were read to their end, with the one that the place is in. */
export function withPassed({ passed, bytes, head, tail, file }: LogPlace): readonly Passed[] {
  return bytes === 0 ? passed : [...passed, { bytes, head, tail, file }].slice(-REMEMBERED);
}

/** The place that a checkpoint tells of; undefined when it is none of ours. */
export function logPlaceIn(checkpoint: string): LogPlace | undefined {
  try {
    const place = JSON.parse(checkpoint) as Partial<LogPlace> | null;
    const isPlace =
      typeof place?.at === 'number' &&
      typeof place.bytes === 'number' &&
      typeof place.part === 'number' &&
      typeof place.limit === 'number' &&
      typeof place.since === 'number' &&
      Array.isArray(place.passed);
    return isPlace ? (place as LogPlace) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
