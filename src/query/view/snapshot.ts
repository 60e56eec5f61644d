import { codeOf } from '../../core/errors.js';
import type { JournalReader } from '../../store/journal/reader.js';
import { pinSegments } from '../../store/locks/reader-pins.js';
import type { ScannedRange } from '../../store/database/snapshot-source.js';

/**
 * How long a snapshot of SQLite is held at a time. While one is held the log of the store cannot be reused: the writer
 * waits for about this long before it lets the log grow (journal/log-limit.ts).
 */
const HOLD_MS = 50;

/** One state of the store, as long as it lasts: rows of one SQLite snapshot, and the files of the segments that it names. */
export interface Snapshot {
  /**
   * Lets the SQLite snapshot move on every {@link HOLD_MS} until the end, as only `range` is read from now on: the rows
   * and the files stay those of the moment at which it was taken.
   */
  readonly narrow: (range: ScannedRange) => void;
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
  let timer: NodeJS.Timeout | undefined;
  let hasEnded = false;
  const moveOn = async (range: ScannedRange): Promise<void> => {
    let holds = true;
    try {
      holds = await reader.move(range);
    } catch (error) {
      // No room for a copy, no file for another connection: the query goes on with the snapshot that it has.
      if (!hasEnded && codeOf(error) === undefined) throw error;
    }
    if (holds && !hasEnded) timer = setTimeout(() => void moveOn(range), HOLD_MS).unref();
  };
  return {
    narrow(range) {
      clearTimeout(timer);
      timer = setTimeout(() => void moveOn(range), HOLD_MS).unref();
    },
    end() {
      if (hasEnded) return;
      hasEnded = true;
      clearTimeout(timer);
      reader.end();
      unpin?.();
    },
  };
}
