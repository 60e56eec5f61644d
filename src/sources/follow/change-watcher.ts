import { watch, type FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';
import { codeOf } from '../../core/errors.js';

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
  /** Files that somebody has waited for, by their names. */
  readonly files: Map<string, WatchedFile>;
}

interface WatchedFile {
  readonly waiting: Set<() => void>;
  /** Whether it changed while nobody waited. */
  isMissed: boolean;
}

/** Watches directories, each once: files in them come and go. */
export function watchSigns(signal: AbortSignal): Signs {
  const directories = new Map<string, Directory>();

  function tell(directory: Directory, name: string): void {
    const file = directory.files.get(name);
    if (!file) return;
    file.isMissed = file.waiting.size === 0;
    for (const wake of [...file.waiting]) wake();
  }

  function directoryOf(path: string): Directory {
    const dir = dirname(path);
    const known = directories.get(dir) ?? { watcher: undefined, files: new Map() };
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
        const { files } = directoryOf(path);
        const file = files.get(name) ?? { waiting: new Set(), isMissed: false };
        files.set(name, file);
        const done = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          file.waiting.delete(done);
          resolve();
        };
        const timer = setTimeout(done, LOOK_MS);
        file.waiting.add(done);
        signal.addEventListener('abort', done);
        if (file.isMissed || signal.aborted) done();
        file.isMissed = false;
      }),
    close() {
      for (const { watcher } of directories.values()) watcher?.close();
    },
  };
}
