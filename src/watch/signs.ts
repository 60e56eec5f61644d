import { watch, type FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';
import { codeOf } from '../core/errors.js';

/** For what the file system does not tell of: network file systems, links into other directories. A look is one stat. */
const LOOK_MS = 500;

/** Tells when to look at files. */
export interface Signs {
  /** Waits for a sign that the file at `path` may have changed, or until it is time to look anyway. */
  next(path: string): Promise<void>;
  close(): void;
}

interface Directory {
  watcher: FSWatcher | undefined;
  /** Those that wait, by the name of their file. */
  readonly waiting: Map<string, Set<() => void>>;
  /** Names that changed while nobody waited. */
  readonly missed: Set<string>;
}

/** Watches directories, each once: files in them come and go. */
export function watchSigns(signal: AbortSignal): Signs {
  const directories = new Map<string, Directory>();

  function tell(directory: Directory, name: string): void {
    const waiting = directory.waiting.get(name);
    if (waiting) for (const wake of [...waiting]) wake();
    else directory.missed.add(name);
  }

  function directoryOf(path: string): Directory {
    const dir = dirname(path);
    const known = directories.get(dir) ?? { watcher: undefined, waiting: new Map(), missed: new Set() };
    directories.set(dir, known);
    if (known.watcher) return known;
    const unwatch = (): void => {
      known.watcher?.close();
      known.watcher = undefined;
    };
    try {
      known.watcher = watch(dir, (_, name) => {
        if (name !== null) setImmediate(tell, known, name);
      }).on('error', unwatch);
    } catch (error) {
      // Not there yet, or the system has no watches left: looking now and then does as well.
      if (codeOf(error) === undefined) throw error;
    }
    return known;
  }

  return {
    next: path =>
      new Promise(resolve => {
        const name = basename(path);
        const { waiting, missed } = directoryOf(path);
        const here = waiting.get(name) ?? new Set();
        waiting.set(name, here);
        const done = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          here.delete(done);
          if (here.size === 0) waiting.delete(name);
          resolve();
        };
        const timer = setTimeout(done, LOOK_MS);
        here.add(done);
        signal.addEventListener('abort', done);
        if (missed.delete(name) || signal.aborted) done();
      }),
    close() {
      for (const { watcher } of directories.values()) watcher?.close();
    },
  };
}
