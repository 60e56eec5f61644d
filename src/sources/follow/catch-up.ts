import { codeOf } from '../../core/errors.js';
import { readFinished, unreadable, type FinishedState } from './finished.js';
import { openLog, type OpenLog } from './open-log.js';
import { isCompressed } from './patterns.js';
import { withPassed, type LogOffset } from './log-offset.js';
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
 */
export function catchUp(
  path: string,
  named: OpenLog | undefined,
  reader: LogReader,
  options: CatchUpOptions,
): Promise<OpenLog | undefined> {
  return new CatchUp(path, named, reader, options).find();
}

/** One search for the file to continue in. */
class CatchUp {
  readonly #path: string;
  readonly #named: OpenLog | undefined;
  readonly #reader: LogReader;
  readonly #options: CatchUpOptions;
  /** The offset at which the search begins. */
  readonly #offset: LogOffset;
  /** The files already visited. */
  readonly #done: Set<string | undefined>;
  /** The time of the last write to the files read so far, in milliseconds since 1970. */
  #since: number;

  constructor(path: string, named: OpenLog | undefined, reader: LogReader, options: CatchUpOptions) {
    this.#path = path;
    this.#named = named;
    this.#reader = reader;
    this.#options = options;
    this.#offset = reader.offset;
    this.#done = new Set([named?.identity]);
    this.#since = options.drained?.modified ?? reader.offset.since + 1;
  }

  async find(): Promise<OpenLog | undefined> {
    const { drained, signal } = this.#options;
    const log = drained && !drained.isReplaced ? undefined : await this.#resumeAtOffset();
    if (log) return log;
    if (signal.aborted || !this.#named) return undefined;
    return this.#resumeInNewer(this.#named);
  }

  /** Resumes in the file that holds the offset. Reads such files that cannot grow. */
  async #resumeAtOffset(): Promise<OpenLog | undefined> {
    const { drained, report } = this.#options;
    const path = this.#path;
    const named = this.#named;
    const offset = this.#offset;
    for (let state = 'gone'; state === 'gone';) {
      const found = await locate(path, named, offset);
      // With nothing read of a file, its content cannot show that it was copied and truncated since.
      if (found === 'named' && offset.bytes > 0) return this.#resume(named!);
      if (!found || found === 'named') {
        if (!found && !drained && named && offset.bytes > 0) {
          report(
            `${path}: the file that was read before is not found, lines may be missing; continues with the files that remain`,
          );
        }
        return undefined;
      }
      const rotated = found.identity === offset.file ? await this.#open(found) : undefined;
      if (!drained) report(`${path} was rotated: reads the rest of ${found.path}`);
      if (rotated) return this.#resume(rotated);
      this.#done.add(found.identity);
      state = await this.#read(found, offset.bytes);
    }
    return undefined;
  }

  /** Resumes in the oldest file that was rotated away since and may grow, else in `named`. Reads the others. */
  async #resumeInNewer(named: OpenLog): Promise<OpenLog | undefined> {
    const path = this.#path;
    const reader = this.#reader;
    this.#done.add(reader.offset.file);
    for (;;) {
      const rotated = await rotatedSince(path, this.#since, withPassed(reader.offset));
      const next = rotated.find(({ identity }) => !this.#done.has(identity));
      if (!next) break;
      this.#options.report(`${path} was rotated meanwhile: reads ${next.path}`);
      const log = await this.#open(next);
      reader.begin(next.identity, next.modified);
      if (log) return this.#resume(log);
      await reader.mark();
      if ((await this.#read(next, 0)) === 'stopped') return undefined;
    }
    if (reader.offset.bytes > 0 || reader.offset.file !== named.identity)
      reader.begin(named.identity, await named.modified());
    return this.#resume(named);
  }

  /** Opens a file that may grow. */
  async #open({ path: file, identity }: Sibling): Promise<OpenLog | undefined> {
    this.#done.add(identity);
    if (isCompressed(file)) return undefined;
    try {
      return await openLog(file, this.#options.longestLine);
    } catch (error) {
      if (codeOf(error) === undefined) throw error;
      return undefined;
    }
  }

  async #resume(log: OpenLog): Promise<OpenLog> {
    await log.seek(this.#reader.offset.bytes);
    this.#reader.moveTo(log.identity);
    await this.#reader.mark();
    return log;
  }

  /** Reads a file that does not grow. */
  async #read({ path: file, identity, modified }: Sibling, from: number): Promise<FinishedState> {
    const { longestLine, signal, report } = this.#options;
    const reader = this.#reader;
    reader.moveTo(identity);
    this.#since = modified;
    const onUnreadable = (error: unknown): void =>
      report(`${unreadable(file, error)}; lines of ${this.#path} may be missing`);
    const state = await readFinished(file, { from, reader, longestLine, signal, onUnreadable });
    await reader.mark();
    return state;
  }
}
