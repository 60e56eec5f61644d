import { codeOf, TelemetryError } from '../../core/errors.js';
import { unreadable } from './finished.js';
import { openLog, type OpenLog } from './open-log.js';
import type { Signs } from './change-watcher.js';

/** What a log is opened with. */
export interface OpenerOptions {
  /** In bytes. */
  readonly maxEventBytes: number;
  readonly signal: AbortSignal;
  readonly signs: Signs;
  readonly say: (text: string) => void;
}

/** Opens the file that has a log's name. */
export interface Opener {
  /** Undefined when there is none, or none that can be read. */
  open(): Promise<OpenLog | undefined>;
  /** Waits until there is one; undefined when the signal aborted first. */
  wait(): Promise<OpenLog | undefined>;
}

/** Opens the file at a path, and says once why it cannot. */
export function createOpener(path: string, { maxEventBytes, signal, signs, say }: OpenerOptions): Opener {
  let said = '';
  async function open(): Promise<OpenLog | undefined> {
    try {
      return await openLog(path, maxEventBytes);
    } catch (error) {
      if (!(error instanceof TelemetryError) && codeOf(error) === undefined) throw error;
      const problem = unreadable(path, error);
      if (problem !== said) say(`${problem}; waits`);
      said = problem;
      return undefined;
    }
  }
  return {
    open,
    async wait(): Promise<OpenLog | undefined> {
      let log = await open();
      while (!log && !signal.aborted) {
        await signs.next(path);
        log = await open();
      }
      if (log) say(`${path} is there`);
      return log;
    },
  };
}
