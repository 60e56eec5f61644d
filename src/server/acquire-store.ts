import type { Durability } from '../store/database/store.js';
import { startWriterThread, type WriterThread } from '../store/journal/start-writer-thread.js';
import { lockStore } from '../store/locks/store-lock.js';

/** A locked store, whose writer thread is starting. */
export interface StoreLease {
  /** Rejects with a TelemetryError `failure` when the store cannot be opened. */
  readonly thread: Promise<WriterThread>;
  /** Unlocks the store. Call it once the thread has ended. */
  readonly unlock: () => void;
  /** Terminates the thread and unlocks the store. */
  release(): Promise<void>;
}

/**
 * Locks a store and starts its writer thread. A server calls this first, since the thread takes longest to start.
 * @returns undefined when another process has locked the store.
 * @throws TelemetryError `failure` when the directory cannot be used.
 */
export function acquireStore(dir: string, durability: Durability): StoreLease | undefined {
  const unlock = lockStore(dir);
  return unlock && startWriting(dir, durability, unlock);
}

/** Starts the writer thread of a store that is locked already. @param unlock unlocks the store */
export function startWriting(dir: string, durability: Durability, unlock: () => void): StoreLease {
  const thread = startWriterThread(dir, durability);
  // Avoids an unhandled rejection. Users of `thread` handle the error.
  thread.catch(() => undefined);
  return {
    thread,
    unlock,
    async release() {
      try {
        await thread.then(
          ({ worker }) => worker.terminate(),
          () => undefined,
        );
      } finally {
        unlock();
      }
    },
  };
}
