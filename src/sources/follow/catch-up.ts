import { codeOf } from '../../core/errors.js';
import { readFinished, unreadable, type FinishedState } from './finished.js';
import { openLog, type OpenLog } from './open-log.js';
import { isCompressed } from './patterns.js';
import { withPassed } from './log-offset.js';
import type { LogReader } from './log-reader.js';
import { locate, rotatedSince, type Sibling } from './rotated.js';

/** Options of {@link catchUp}. */
export interface CatchUpOptions {
  /** The file that the reader has read to its end; undefined when it may have more. */
  readonly drained: Drained | undefined;
  readonly longestLine: number;
  readonly signal: AbortSignal;
  readonly report: (text: string) => void;
}

/** A file that was read to its end. */
export interface Drained {
  /** The time of the last write, in milliseconds since 1970. */
  readonly modified: number;
  /** True when another file replaced it and may hold the lines already read. */
  readonly isReplaced: boolean;
}

/**
 * Finds the file to continue in: the one that holds the reader's offset, even after a rotation; else the oldest that
 * was rotated away since; else `named`, the file at the log's path. Reads files that cannot grow on the way: compressed
 * ones, and the copy made of a log before its truncation.
 * @returns the open file at the reader's offset; undefined when no file was found or the signal aborted.
 * Over 60 lines: the steps share the reader, the files already visited and the time of the last write.
 */
export async function catchUp(path: string, named: OpenLog | undefined, reader: LogReader, options: CatchUpOptions) {
  const { drained, longestLine, signal, report } = options;
  const { offset } = reader;
  const done = new Set([named?.identity]);
  let since = drained?.modified ?? offset.since + 1;

  const reportUnread = (file: string, error: unknown): void =>
    report(`${unreadable(file, error)}; lines of ${path} may be missing`);

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

  async function resume(log: OpenLog): Promise<OpenLog> {
    await log.seek(reader.offset.bytes);
    reader.moveTo(log.identity);
    await reader.mark();
    return log;
  }

  /** Reads a file that does not grow. */
  async function read({ path: file, identity, modified }: Sibling, from: number): Promise<FinishedState> {
    reader.moveTo(identity);
    since = modified;
    const onUnreadable = (error: unknown): void => reportUnread(file, error);
    const state = await readFinished(file, { from, reader, longestLine, signal, onUnreadable });
    await reader.mark();
    return state;
  }

  for (let state = drained && !drained.isReplaced ? 'end' : 'gone'; state === 'gone';) {
    const found = await locate(path, named, offset);
    // With nothing read of a file, its content cannot show that it was copied and truncated since.
    if (found === 'named' && offset.bytes > 0) return resume(named!);
    if (!found || found === 'named') {
      if (!found && !drained && named && offset.bytes > 0) {
        report(
          `${path}: the file that was read before is not found, lines may be missing; continues with the files that remain`,
        );
      }
      break;
    }
    const rotated = found.identity === offset.file ? await open(found) : undefined;
    if (!drained) report(`${path} was rotated: reads the rest of ${found.path}`);
    if (rotated) return resume(rotated);
    done.add(found.identity);
    state = await read(found, offset.bytes);
  }
  if (signal.aborted || !named) return undefined;

  done.add(reader.offset.file);
  for (;;) {
    const next = (await rotatedSince(path, since, withPassed(reader.offset))).find(
      ({ identity }) => !done.has(identity),
    );
    if (!next) break;
    report(`${path} was rotated meanwhile: reads ${next.path}`);
    const log = await open(next);
    reader.begin(next.identity, next.modified);
    if (log) return resume(log);
    await reader.mark();
    if ((await read(next, 0)) === 'stopped') return undefined;
  }
  if (reader.offset.bytes > 0 || reader.offset.file !== named.identity)
    reader.begin(named.identity, await named.modified());
  return resume(named);
}
