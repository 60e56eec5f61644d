import { codeOf, TelemetryError } from '../../core/errors.js';
import { unreadable } from './finished.js';
import { openLog, type OpenLog } from './open-log.js';
import type { ChangeWatcher } from './change-watcher.js';

/** Options of {@link createOpener}. */
export interface OpenerOptions {
  /** In bytes. */
  readonly maxEventBytes: number;
  readonly signal: AbortSignal;
  readonly changes: ChangeWatcher;
  readonly report: (text: string) => void;
}

/** Opens the file at a log's path. */
export interface Opener {
  /** Undefined when the file does not exist or cannot be read. */
  open(): Promise<OpenLog | undefined>;
  /** Waits for the file; undefined when the signal aborted first. */
  wait(): Promise<OpenLog | undefined>;
}

/** An opener for one path, which reports each problem once. */
export function createOpener(path: string, { maxEventBytes, signal, changes, report }: OpenerOptions): Opener {
  let reported = '';
  async function open(): Promise<OpenLog | undefined> {
    try {
      return await openLog(path, maxEventBytes);
    } catch (error) {
      if (!(error instanceof TelemetryError) && codeOf(error) === undefined) throw error;
      const problem = unreadable(path, error);
      if (problem !== reported) report(`${problem}; waits`);
      reported = problem;
      return undefined;
    }
  }
  return {
    open,
    async wait(): Promise<OpenLog | undefined> {
      let log = await open();
      while (!log && !signal.aborted) {
        await changes.next(path);
        log = await open();
      }
      if (log) report(`${path} is there`);
      return log;
    },
  };
}
