import { codeOf } from '../../core/errors.js';
import type { JournalReader } from '../../store/journal/reader.js';
import { pinSegments } from '../../store/locks/reader-pins.js';
import type { ScannedRange } from '../../store/database/snapshot-source.js';

/**
 * Time in milliseconds after which a SQLite snapshot is moved. SQLite cannot reuse the store's log while a snapshot is
 * open: the writer waits about this long before it lets the log grow (store/database/log-limit.ts).
 */
const HOLD_MS = 50;

/** One state of the store: the rows of a SQLite snapshot, and the files of the segments that it names. */
export interface Snapshot {
  /**
   * Lets the SQLite snapshot move to the present every {@link HOLD_MS} until the end. Only `range` may be read from now
   * on; its rows and the files stay as they were when the snapshot was taken.
   */
  readonly narrow: (range: ScannedRange) => void;
  readonly end: () => void;
}

/**
 * Takes a snapshot. Pins the files of the segments first, so that no file is removed that the snapshot names. Pinning
 * takes time, so it is skipped for a query that needs no segment.
 * @param needsSegments called within the snapshot.
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
      // Without space for a copy, or a file for another connection, the query keeps its present snapshot.
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
