import { watch, type FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';
import { codeOf } from '../../core/errors.js';

/**
 * For changes that the file system does not report: network file systems, links into other directories. One stat each.
 */
const LOOK_MS = 500;

/** Reports when files may have changed. Watches each directory once, since files in it come and go. */
export interface ChangeWatcher {
  /** Resolves when the file at `path` may have changed, or after {@link LOOK_MS}. */
  next(path: string): Promise<void>;
  close(): void;
}

interface Directory {
  watcher: FSWatcher | undefined;
  /** Files that were waited for, by name. */
  readonly files: Map<string, WatchedFile>;
}

interface WatchedFile {
  readonly waiting: Set<() => void>;
  /** True when it changed between two waits. */
  isMissed: boolean;
}

/** Creates a change watcher. */
export function watchChanges(signal: AbortSignal): ChangeWatcher {
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
      // The directory is missing, or the system has no watches left: polling covers it.
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
