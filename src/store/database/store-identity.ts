import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import type { Database } from 'better-sqlite3';

/** The identity of a store: (id, epoch, event id) names an event forever. */
export interface StoreIdentity {
  /** Made with the store; its copies have it as well. */
  readonly id: string;
  /** Made with the store, and again when a copy of it is first opened for writing. */
  readonly epoch: string;
}

/** The `file` of a copy that belongs to no place yet: wherever it is opened for writing, it is another store. */
export const NO_PLACE = 'copy';

const EPOCH_BYTES = 8;

export function readIdentity(db: Database): StoreIdentity {
  return db.prepare<[], StoreIdentity>('select id, epoch from store').get()!;
}

/** A number that differs after each transaction that removed events for good; sealing and compaction keep it. */
export function readRemovals(db: Database): number {
  return db.prepare<[], number>('select removals from store').pluck().get()!;
}

/** Says, within the caller's transaction, that it removes events. See {@link readRemovals}. */
export function noteRemoval(db: Database): void {
  db.prepare('update store set removals = removals + 1').run();
}

/**
 * Gives a store a new epoch when its file is not the one that was written to before: it is a copy. To be called with each
 * connection that may write; it writes only where something has changed.
 */
export function renewEpochOfCopy(db: Database, file: string): void {
  const place = placeOf(file);
  const recorded = (): string | null => db.prepare<[], string | null>('select file from store').pluck().get()!;
  if (!isNews(recorded(), place)) return;
  db.transaction(() => {
    const before = recorded();
    if (before !== null && !isSamePlace(before, place)) {
      db.prepare('update store set epoch = ?').run(randomBytes(EPOCH_BYTES).toString('hex'));
    }
    if (isNews(before, place)) db.prepare('update store set file = ?').run(place);
  }).immediate();
}

/** True where a place should be recorded: the first, another, or the same with a time of birth that was unknown. */
function isNews(recorded: string | null, place: string): boolean {
  return recorded === null || !isSamePlace(recorded, place) || (!birthIn(recorded) && birthIn(place) !== '');
}

/**
 * True when two places are the same file: one inode, born at the same time. Where the file system keeps no time of birth,
 * the device counts instead; its number may change when the system starts again.
 */
export function isSamePlace(a: string, b: string): boolean {
  const [[deviceA, inodeA, birthA], [deviceB, inodeB, birthB]] = [a, b].map(place => place.split(':')) as [
    string[],
    string[],
  ];
  if (inodeA !== inodeB) return false;
  return birthA && birthB ? birthA === birthB : deviceA === deviceB;
}

function birthIn(place: string): string {
  return place.split(':')[2] ?? '';
}

/** `DEVICE:INODE:BIRTH`, the last in nanoseconds since 1970 or empty. */
function placeOf(file: string): string {
  const { dev, ino, birthtimeNs, ctimeNs } = statSync(file, { bigint: true });
  // Where the system does not tell the time of birth, Node gives that of the last change.
  const birth = birthtimeNs > 0n && birthtimeNs < ctimeNs ? String(birthtimeNs) : '';
  return `${dev}:${ino}:${birth}`;
}
