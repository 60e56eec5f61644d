import { messageOf, TelemetryError } from '../../core/errors.js';
import { openSession, type Session } from '../../query/session.js';
import { listObjects } from '../../store/catalog/objects.js';
import { openForWriting, type StoreDatabase } from '../../store/database/store.js';
import { waitForCubes } from '../../store/locks/cube-lock.js';
import { CubeStore, cubeOf, type Cube } from './cube-store.js';
import { sweepCubeFiles, unfinishedCubeFile } from './files.js';
import { noteTouched } from './note-touched.js';
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
  const session = await sessionOf(dir, cube, store, options);
  try {
    return await new Refresh(dir, cube, store, session, options).run();
  } finally {
    session.close();
  }
}

/** A session in the cube's time zone. A damaged segment has `store` refuse changes. */
function sessionOf(
  dir: string,
  { definition }: Cube,
  store: CubeStore,
  { signal, memory }: RefreshOptions,
): Promise<Session> {
  return openSession({
    dir,
    timezone: definition.timezone,
    writable: unfinishedCubeFile(dir),
    memory,
    rebuildsPayload: true,
    usesAllCores: true,
    ...(signal && { signal }),
    onDamaged: ({ file }, problem) => store.refuse(damaged(file, problem)),
  });
}

/**
 * Has the cubes of a store note which buckets their uncounted events touch. Call it before events are removed: a refresh
 * then recognizes the buckets that lost events before it counted them. A cube that cannot is skipped, with the reason as
 * its last error: a removal may be what frees a full disk.
 */
export async function noteBeforeRemoval(dir: string, options: RefreshOptions): Promise<void> {
  const cubes = listObjects(dir, 'cube').map(cubeOf);
  if (cubes.length === 0) return;
  const unlock = await waitForCubes(dir, options.signal);
  if (!unlock) return;
  const db = openForWriting(dir);
  try {
    for (const cube of cubes) {
      const store = new CubeStore(db, cube, options.now);
      try {
        await noteIn(dir, cube, store, options);
      } catch (error) {
        if (options.signal?.aborted === true) return;
        noteFailure(store, error);
      }
    }
  } finally {
    db.close();
    unlock();
  }
}

async function noteIn(dir: string, cube: Cube, store: CubeStore, options: RefreshOptions): Promise<void> {
  const { definition, name } = cube;
  const { plan } = definition;
  if (!plan) return;
  const session = await sessionOf(dir, cube, store, options);
  try {
    await noteTouched({ dir, name, definition, store, session }, plan);
  } finally {
    session.close();
  }
}

function damaged(file: string, problem: string): TelemetryError {
  return new TelemetryError('failure', `events are missing: ${file} is damaged (${problem})`, {
    remedy: 'See `telemetry verify`; the cube keeps the buckets that it has.',
  });
}
