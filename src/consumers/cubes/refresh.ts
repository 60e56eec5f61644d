import { messageOf, TelemetryError } from '../../core/errors.js';
import { openSession } from '../../query/session.js';
import { openForWriting, type StoreDatabase } from '../../store/database/store.js';
import { waitForCubes } from '../../store/locks/cube-lock.js';
import { CubeStore, type Cube } from './cube-store.js';
import { sweepCubeFiles, unfinishedCubeFile } from './files.js';
import { Refresh, type RefreshOptions } from './refresh-job.js';
import type { Refreshed } from './refresh-parts.js';

/**
 * Brings a cube up to the present. Waits while another process refreshes one.
 * @returns undefined when the signal aborted before it began.
 * @throws TelemetryError of the query; the cube keeps the buckets that it had, and its last error.
 */
export async function refreshCube(dir: string, cube: Cube, options: RefreshOptions): Promise<Refreshed | undefined> {
  const unlock = await waitForCubes(dir, options.signal);
  if (!unlock) return undefined;
  const db = openForWriting(dir);
  try {
    sweepCubeFiles(dir, db);
    const store = new CubeStore(db, cube, options.now);
    try {
      const refreshed = await refreshing(dir, cube, store, options);
      store.noteError(null);
      return refreshed;
    } catch (error) {
      if (options.signal?.aborted !== true) noteFailure(store, error);
      throw error;
    }
  } finally {
    closeAndSweep(dir, db);
    unlock();
  }
}

function noteFailure(store: CubeStore, error: unknown): void {
  try {
    store.noteError(messageOf(error).split('\n', 1)[0]!);
  } catch {
    // The error of the refresh matters more: the cube is gone, or the disk is full.
  }
}

function closeAndSweep(dir: string, db: StoreDatabase): void {
  try {
    sweepCubeFiles(dir, db);
  } finally {
    db.close();
  }
}

async function refreshing(dir: string, cube: Cube, store: CubeStore, options: RefreshOptions): Promise<Refreshed> {
  const { signal, memory } = options;
  const session = await openSession({
    dir,
    timezone: cube.definition.timezone,
    writable: unfinishedCubeFile(dir),
    memory,
    rebuildsPayload: true,
    ...(signal && { signal }),
    onDamaged: ({ file }, problem) => store.refuse(damaged(file, problem)),
  });
  try {
    return await new Refresh(dir, cube, store, session, options).run();
  } finally {
    session.close();
  }
}

function damaged(file: string, problem: string): TelemetryError {
  return new TelemetryError('failure', `events are missing: ${file} is damaged (${problem})`, {
    remedy: 'See `telemetry verify`; the cube keeps the buckets that it has.',
  });
}
