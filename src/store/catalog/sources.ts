import type { Database } from 'better-sqlite3';
import { ONCE, type SourceState } from '../../core/source.js';
import type { Micros } from '../../core/duration.js';
import { openForReading } from '../database/store.js';

/** Maximum number of positions held in memory; the others are read again when needed. */
const MAX_KNOWN_SOURCES = 1000;

/** A sender that was cut off tries again within a day, or never. */
const FORGET_ONCE_AFTER_MICROS: Micros = 24 * 3600 * 1e6;

/** The positions of sources, within the caller's transactions. */
export interface SourcePositions {
  /** The number of the last event stored; 0 for an unknown source. */
  of(source: string): number;
  /** Events up to this number are stored. */
  advance(source: string, position: number): void;
  /**
   * Stores the position that a sender continues from. A position that the source has passed changes nothing: its
   * checkpoint stays.
   */
  mark(state: SourceState): void;
  /** Writes what moved, in the transaction under way. */
  write(now: Micros): void;
  /** The transaction was undone. */
  forget(): void;
}

/** Creates the positions that the store's one writer keeps; sources that ended with their process are forgotten. */
export function sourcePositions(db: Database, now: Micros): SourcePositions {
  const known = new Map<string, number>();
  const moved = new Map<string, string | undefined>();
  const read = db.prepare<[string], number>('select position from feeds where source = ?').pluck();
  const write = db.prepare(
    `insert into feeds(source, position, checkpoint, updated_at) values (?, ?, coalesce(?, ''), ?)
     on conflict do update set position = excluded.position, updated_at = excluded.updated_at,
       checkpoint = case when excluded.checkpoint = '' then checkpoint else excluded.checkpoint end`,
  );
  db.prepare(`delete from feeds where source glob '${ONCE}*' and updated_at < ?`).run(now - FORGET_ONCE_AFTER_MICROS);

  function of(source: string): number {
    let position = known.get(source);
    if (position === undefined) {
      position = read.get(source) ?? 0;
      known.set(source, position);
    }
    return position;
  }

  function advance(source: string, position: number): void {
    if (position <= of(source)) return;
    known.set(source, position);
    if (!moved.has(source)) moved.set(source, undefined);
  }

  return {
    of,
    advance,
    mark({ source, position, checkpoint }) {
      if (position < of(source)) return;
      known.set(source, position);
      moved.set(source, checkpoint);
    },
    write(now) {
      for (const [source, checkpoint] of moved) write.run(source, known.get(source), checkpoint, now);
      moved.clear();
      if (known.size > MAX_KNOWN_SOURCES) known.clear();
    },
    forget() {
      known.clear();
      moved.clear();
    },
  };
}

/**
 * The sources of the store at `dir` whose source begins with the prefix.
 * @throws what opening the store throws.
 */
export function sourcesOf(dir: string, prefix: string): SourceState[] {
  const db = openForReading(dir);
  try {
    return db
      .prepare<[string], SourceState>(
        'select source, position, checkpoint from feeds where instr(source, ?) = 1 order by source',
      )
      .all(prefix);
  } finally {
    db.close();
  }
}
