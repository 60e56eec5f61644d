import type { Durability } from '../store/database/store.js';
import { startWriterThread, type WriterThread } from '../store/journal/start-writer-thread.js';
import { lockStore } from '../store/locks/store-lock.js';

/** A store that this process holds, and that its writer's thread opens meanwhile. */
export interface HeldStore {
  /** Rejects with a TelemetryError `failure` when the store cannot be opened. */
  readonly thread: Promise<WriterThread>;
  /** Lets go of the store; the thread has ended, or never began. */
  readonly unlock: () => void;
  /** Gives up: ends the thread and lets go. */
  abandon(): Promise<void>;
}

/**
 * The first thing that a server does, since the thread takes the longest: all else loads while it starts.
 * @returns undefined when another process holds the store.
 * @throws TelemetryError `failure` when the directory cannot be used.
 */
export function holdStore(dir: string, durability: Durability): HeldStore | undefined {
  const unlock = lockStore(dir);
  return unlock && startWriting(dir, durability, unlock);
}

/** The same where this process has the lock already. @param unlock lets go of it. */
export function startWriting(dir: string, durability: Durability, unlock: () => void): HeldStore {
  const thread = startWriterThread(dir, durability);
  // Whoever needs the thread hears of it.
  thread.catch(() => undefined);
  return {
    thread,
    unlock,
    async abandon() {
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
