import { type FSWatcher, statSync, watch } from 'node:fs';
import { basename } from 'node:path';
import { codeOf } from '../../core/errors.js';
import { databaseFile } from './store.js';
import { storeError } from './store-trouble.js';

/**
 * The file system tells of a write to the log before the commit is visible (its fsync comes in between), and says
 * nothing after it. So look again after this share of the time since the last sign: soon at first, then ever more
 * rarely.
 */
const LOOK_AGAIN_SHARE = 1 / 8;

/** A look costs some 10 microseconds. */
const SHORTEST_WAIT_MS = 1;

/** For commits that the file system did not tell of (network file systems; some containers). */
const LONGEST_WAIT_MS = 250;

/** Interval of checks when the system has no watches left, in milliseconds. */
const UNWATCHED_WAIT_MS = 25;

/** Tells when to look at a store. */
export interface ChangeWatcher {
  /** Waits for a sign that the store may have changed, or until it is time to look anyway. */
  next(): Promise<void>;
  close(): void;
}

/** Watches the directory, not the files in it: the log comes and goes. */
export function watchChanges(dir: string, signal: AbortSignal): ChangeWatcher {
  const name = basename(databaseFile(dir));
  let watcher: FSWatcher | undefined;
  let watched: string | undefined;
  let lastSign = performance.now();
  let wake: (() => void) | undefined;

  const unwatch = (): void => {
    watcher?.close();
    watcher = undefined;
  };
  const onSign = (_event: string, file: string | null): void => {
    if (file !== null && file !== name && file !== `${name}-wal`) return;
    lastSign = performance.now();
    // Not within this callback: libuv hands out the system's notes for as long as there are more, and to look makes more.
    if (wake) setImmediate(wake);
  };
  const rewatch = (): void => {
    const identity = identityOf(dir);
    if (watcher && identity === watched) return;
    unwatch();
    if (identity === undefined) return;
    watched = identity;
    try {
      watcher = watch(dir, onSign).on('error', unwatch);
    } catch (error) {
      // ENOENT: gone again. ENOSPC, EMFILE: no watches left. Looking often does as well.
      if (!['ENOENT', 'ENOSPC', 'EMFILE'].includes(codeOf(error) ?? '')) throw error;
    }
  };

  return {
    next: () =>
      new Promise(resolve => {
        rewatch();
        const longest = watcher ? LONGEST_WAIT_MS : UNWATCHED_WAIT_MS;
        const share = (performance.now() - lastSign) * LOOK_AGAIN_SHARE;
        const done = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          wake = undefined;
          resolve();
        };
        const timer = setTimeout(done, Math.min(longest, Math.max(SHORTEST_WAIT_MS, share)));
        signal.addEventListener('abort', done);
        wake = done;
        if (signal.aborted) done();
      }),
    close: unwatch,
  };
}

/** Tells a file from its replacement; an inode alone is soon used again. */
export function identityOf(path: string): string | undefined {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat && `${stat.dev}:${stat.ino}:${stat.birthtimeMs}`;
  } catch (error) {
    throw storeError('cannot look for the store at', path, error);
  }
}
