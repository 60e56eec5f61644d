import type { Fingerprint } from './fingerprint.js';

/** An offset in a file, as a checkpoint stores it. */
export interface FileOffset extends Fingerprint {
  /** The number of the last event before the offset. */
  readonly at: number;
  /** The number of the last event before the first of the file. */
  readonly begun: number;
  /** In bytes of the file's text, decompressed; in rows of a Parquet file. */
  readonly offset: number;
  /** Lines before the offset. */
  readonly lines: number;
  /** Device and inode. */
  readonly file: string;
  /**
   * For a compressed file: the fingerprint of its text up to the last valid byte. Compressing the same text again gives
   * other bytes.
   */
  readonly text?: Fingerprint;
  /** The format of the file: another format would number its events differently. */
  readonly reading: string;
  /** Further format options: see ChosenFormat. */
  readonly pattern?: string | undefined;
  readonly delimiter?: string | undefined;
  readonly each?: string | undefined;
  readonly mixed?: boolean | undefined;
  /** A hash of the options that change its events. */
  readonly how?: string | undefined;
}

/** Parses the offset in a checkpoint; undefined when it is not one. */
export function offsetIn(checkpoint: string): FileOffset | undefined {
  try {
    const saved = JSON.parse(checkpoint) as Partial<FileOffset> | null;
    const isOffset =
      typeof saved?.at === 'number' && typeof saved.offset === 'number' && typeof saved.bytes === 'number';
    return isOffset ? (saved as FileOffset) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
