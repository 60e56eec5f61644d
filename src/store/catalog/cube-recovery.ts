import type { Database } from 'better-sqlite3';
import type { Micros } from '../../core/duration.js';
import {
  dropEmptyFiles,
  dropFile,
  readAllBuckets,
  touchBuckets,
  UNKNOWN_EVENTS,
  updateCube,
  type CubeBucket,
} from './cubes.js';

/** Removes the buckets that are not frozen, and the cursor, within the caller's transaction: all events are new again. */
export function restartCube(db: Database, cube: string, now: Micros): void {
  db.prepare(
    `insert or ignore into cube_dead(file, bucket)
     select file, bucket from cube_buckets where cube = ? and state = 'live'`,
  ).run(cube);
  db.prepare(`delete from cube_buckets where cube = ? and state = 'live'`).run(cube);
  db.prepare('delete from cube_touched where cube = ?').run(cube);
  dropEmptyFiles(db, cube, now);
  updateCube(db, cube, { cursorId: 0 });
}

/**
 * Drops a file that is lost, within the caller's transaction, and has its buckets computed again. Those that were frozen
 * get the rows of the events that are left, and are incomplete where these are fewer. Returns the number of the latter.
 */
export function dropLostFile(db: Database, cube: string, file: number, now: Micros): number {
  const buckets = readAllBuckets(db, cube).filter(one => one.file === file);
  const eventsBefore = ({ state, events }: CubeBucket): number => {
    if (state === 'live') return UNKNOWN_EVENTS;
    // An incomplete bucket had more events than it was computed from.
    return state === 'incomplete' ? events + 1 : events;
  };
  const touched = buckets.map(one => ({ ...one, events: eventsBefore(one) }));
  touchBuckets(db, cube, touched);
  db.prepare('delete from cube_buckets where cube = ? and file = ?').run(cube, file);
  dropFile(db, file, now);
  return buckets.filter(({ state }) => state !== 'live').length;
}

/** A count of removals that no store has: the next refresh looks for lost events in all buckets. */
export const UNKNOWN_REMOVALS = -1;
