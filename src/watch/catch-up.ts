import { readFinished } from './finished.js';
import type { OpenLog } from './open-log.js';
import type { LogPlace } from './place.js';
import type { Reader } from './reader.js';
import { findRotated, rotatedSince } from './rotated.js';

/** How to go on in a log. */
export interface CatchUpOptions {
  /** When the file that was read to its end was written to last, in milliseconds since 1970. */
  readonly since: number | undefined;
  /** Whether it was read to its end: then it need not be found. */
  readonly isDrained: boolean;
  readonly longestLine: number;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

/** Whether the place is in the open file. */
export async function isIn(log: OpenLog, place: LogPlace): Promise<boolean> {
  if (place.bytes === 0) return place.file === '' || place.file === log.identity;
  return log.fits(place);
}

/**
 * Reads what was rotated away since the reader was at its place: the rest of the file that the place is in, and the
 * rotated ones after it. Then the reader is in the open file; without one, it still is in the last that there was.
 */
export async function catchUp(path: string, log: OpenLog | undefined, reader: Reader, options: CatchUpOptions) {
  const { isDrained, longestLine, signal, say } = options;
  const { place } = reader;

  async function read(file: string, from: number): Promise<boolean> {
    const isRead = await readFinished(file, {
      from,
      take: reader.take,
      isFinal: log !== undefined,
      longestLine,
      signal,
      onTaken: evidence => (evidence ? reader.taken(evidence) : reader.takenSome()),
    });
    await reader.send();
    return isRead;
  }

  /** @returns whether all were read to their end. */
  async function readBetween(since: number, known: readonly (string | undefined)[]): Promise<boolean> {
    for (const { path: between, identity, modified } of await rotatedSince(path, since, reader.place.passed, known)) {
      say(`${path} was rotated meanwhile: reads ${between}`);
      reader.begin(identity, modified);
      if (!(await read(between, 0))) return false;
    }
    return true;
  }

  if (log && (await isIn(log, place))) {
    // Of a file of which nothing was read, nothing tells whether it was copied and truncated since.
    const isUnread = place.bytes === 0 && !isDrained;
    if (isUnread && !(await readBetween(place.since + 1, [log.identity]))) return;
    if (reader.place === place) {
      await log.seek(place.bytes);
      reader.moveTo(log.identity);
      return;
    }
  } else if (place.file !== '') {
    const rotated = await findRotated(path, place);
    if (rotated) {
      if (!isDrained) say(`${path} was rotated: reads the rest of ${rotated.path}`);
      reader.moveTo(rotated.identity);
      if (!(await read(rotated.path, place.bytes))) return;
    } else if (!isDrained && log && place.bytes > 0) {
      say(`${path}: the file that was read before is not found, lines may be missing; reads the one that is there`);
    }
    if (!log) return;
    const since = options.since ?? rotated?.modified;
    reader.begin('', since ?? place.since);
    if (since !== undefined && !(await readBetween(since, [rotated?.identity, log.identity]))) return;
  }
  if (!log) return;
  await log.seek(0);
  reader.begin(log.identity, await log.modified());
  await reader.mark();
}
