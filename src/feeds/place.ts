import type { Evidence } from './evidence.js';

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
  /** What the events were read as: with another reading they have other numbers. */
  readonly reading: string;
}

/** The checkpoint of a place. */
export function checkpointOf(place: Place): string {
  return JSON.stringify(place);
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
