import { codeOf } from '../../core/errors.js';
import { readFinished, unreadable, type FinishedState } from './finished.js';
import { openLog, type OpenLog } from './open-log.js';
import { isCompressed } from './patterns.js';
import { withPassed } from './place.js';
import type { Reader } from './reader.js';
import { locate, rotatedSince, type Sibling } from './rotated.js';

/** How to go on in a log. */
export interface CatchUpOptions {
  /** What the reader has read to its end; undefined when it may not have. */
  readonly drained: Drained | undefined;
  readonly longestLine: number;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

/** A file that was read to its end. */
export interface Drained {
  /** When it was written to last, in milliseconds since 1970. */
  readonly modified: number;
  /** Whether nothing is left of it because another file was put in its place, which may hold what was read. */
  readonly isReplaced: boolean;
}

/**
 * Finds the file to go on in: the one that the reader's place is in, also when it was rotated away; else the oldest
 * that was rotated away since; else `named`, which has the log's name. What cannot grow is read on the way: compressed
 * files, and the copy that was made of a log before it was truncated.
 * @returns the file, open and at the reader's place; undefined when there is none, or the signal aborted.
 */
export async function catchUp(path: string, named: OpenLog | undefined, reader: Reader, options: CatchUpOptions) {
  const { drained, longestLine, signal, say } = options;
  const { place } = reader;
  const done = new Set([named?.identity]);
  let since = drained?.modified ?? place.since + 1;

  const sayUnread = (file: string, error: unknown): void =>
    say(`${unreadable(file, error)}; lines of ${path} may be missing`);

  /** Opens a file that may grow. */
  async function open({ path: file, identity }: Sibling): Promise<OpenLog | undefined> {
    done.add(identity);
    if (isCompressed(file)) return undefined;
    try {
      return await openLog(file, longestLine);
    } catch (error) {
      if (codeOf(error) === undefined) throw error;
      return undefined;
    }
  }

  async function goOn(log: OpenLog): Promise<OpenLog> {
    await log.seek(reader.place.bytes);
    reader.moveTo(log.identity);
    await reader.mark();
    return log;
  }

  /** Reads a file that does not grow. */
  async function read({ path: file, identity, modified }: Sibling, from: number): Promise<FinishedState> {
    reader.moveTo(identity);
    since = modified;
    const onUnreadable = (error: unknown): void => sayUnread(file, error);
    const state = await readFinished(file, { from, reader, longestLine, signal, onUnreadable });
    await reader.mark();
    return state;
  }

  for (let state = drained && !drained.isReplaced ? 'end' : 'gone'; state === 'gone';) {
    const found = await locate(path, named, place);
    // Of a file of which nothing was read, nothing tells whether it was copied and truncated since.
    if (found === 'named' && place.bytes > 0) return goOn(named!);
    if (!found || found === 'named') {
      if (!found && !drained && named && place.bytes > 0) {
        say(`${path}: the file that was read before is not found, lines may be missing; goes on with what there is`);
      }
      break;
    }
    const rotated = found.identity === place.file ? await open(found) : undefined;
    if (!drained) say(`${path} was rotated: reads the rest of ${found.path}`);
    if (rotated) return goOn(rotated);
    done.add(found.identity);
    state = await read(found, place.bytes);
  }
  if (signal.aborted || !named) return undefined;

  done.add(reader.place.file);
  for (;;) {
    const next = (await rotatedSince(path, since, withPassed(reader.place))).find(
      ({ identity }) => !done.has(identity),
    );
    if (!next) break;
    say(`${path} was rotated meanwhile: reads ${next.path}`);
    const log = await open(next);
    reader.begin(next.identity, next.modified);
    if (log) return goOn(log);
    await reader.mark();
    if ((await read(next, 0)) === 'stopped') return undefined;
  }
  if (reader.place.bytes > 0 || reader.place.file !== named.identity)
    reader.begin(named.identity, await named.modified());
  return goOn(named);
}
