import { openForReading } from '../database/store.js';
import type { RemoteLoss } from './remotes.js';

/** A loss as the catalog stores it. */
export interface StoredLoss extends RemoteLoss {
  /** Grows, and is never used again. */
  readonly id: number;
  readonly remote: string;
}

/** A look at the losses of all remotes of a store. */
export interface RemoteLosses {
  /** The losses after an id, in order. Costs some microseconds without any. */
  after(id: number): StoredLoss[];
  /** The number of the last event of a source that is stored; 0 for an unknown source. */
  positionOf(source: string): number;
  close(): void;
}

/** Opens a store that is there. @throws TelemetryError as {@link openForReading}. */
export function openRemoteLosses(dir: string): RemoteLosses {
  const db = openForReading(dir);
  const after = db.prepare<[number], StoredLoss>(
    `select id, remote, first_id as firstId, last_id as lastId, events from remote_losses where id > ? order by id`,
  );
  const position = db.prepare<[string], number>('select position from feeds where source = ?').pluck();
  return {
    after: id => after.all(id),
    positionOf: source => position.get(source) ?? 0,
    close: () => void db.close(),
  };
}
