import type { Evidence } from './fingerprint.js';

/** A place in a file, as a checkpoint keeps it. */
export interface Place extends Evidence {
  /** The number of the last event before the place. */
  readonly at: number;
  /** The number of the last event before the first of the file. */
  readonly begun: number;
  /** In bytes of the file's text, decompressed; in rows of a Parquet file. */
  readonly offset: number;
  /** Lines before it. */
  readonly lines: number;
  /** Device and inode. */
  readonly file: string;
  /** Of a compressed file: its text up to what need not be mended. Compressed again, the same text is other bytes. */
  readonly text?: Evidence;
  /** The type of the file: read as another, its events have other numbers. */
  readonly reading: string;
  /** What it is read with: see ReadAs. */
  readonly pattern?: string | undefined;
  readonly delimiter?: string | undefined;
  readonly each?: string | undefined;
  /** A hash of what is done to its events. */
  readonly how?: string | undefined;
}

/** The place that a checkpoint tells of; undefined when it is none of ours. */
export function placeIn(checkpoint: string): Place | undefined {
  try {
    const place = JSON.parse(checkpoint) as Partial<Place> | null;
    const isPlace =
      typeof place?.at === 'number' && typeof place.offset === 'number' && typeof place.bytes === 'number';
    return isPlace ? (place as Place) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
