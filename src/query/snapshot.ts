import type { JournalReader } from '../journal/reader.js';
import { pinSegments } from '../journal/reader-pins.js';

/** One state of the store, as long as it lasts: rows of one SQLite snapshot, and the files of the segments that it names. */
export interface Snapshot {
  readonly end: () => void;
}

/**
 * Takes a snapshot. The files are pinned before it, so that none goes that it names; which takes some time, and is left
 * out where it names none that are needed.
 * @param needsSegments asked within the snapshot.
 */
export function takeSnapshot(reader: JournalReader, dir: string, needsSegments: () => boolean): Snapshot {
  reader.begin();
  let unpin: (() => void) | undefined;
  try {
    if (needsSegments()) {
      reader.end();
      try {
        unpin = pinSegments(dir);
      } finally {
        reader.begin();
      }
    }
  } catch (error) {
    reader.end();
    throw error;
  }
  return {
    end() {
      reader.end();
      unpin?.();
    },
  };
}
