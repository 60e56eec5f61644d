import type { Micros } from '../../core/duration.js';
import { TelemetryError } from '../../core/errors.js';
import { SET_ASIDE, type OnDamaged } from '../../query/view/segment-health.js';
import { RemoteLedger } from '../../store/catalog/remotes.js';
import type { StoreDatabase } from '../../store/database/store.js';
import type { Remote } from '../remotes/remote.js';

/**
 * Returns a handler that stops forwarding before a damaged segment: its events would be skipped, although the file may
 * yet be restored. The events of a segment that was set aside are skipped, and counted as lost.
 */
export function damageOf({ name, definition: { types } }: Remote, db: StoreDatabase, now: () => Micros): OnDamaged {
  return (segment, problem) => {
    if (problem !== SET_ASIDE) {
      throw new TelemetryError('failure', `the segment ${segment.file} is damaged: ${problem}`, {
        remedy: 'Restore the file, or set it aside with `telemetry verify --repair`, which skips its events.',
      });
    }
    const events = Object.entries(segment.types)
      .filter(([type]) => types?.includes(type) ?? true)
      .reduce((sum, [, count]) => sum + count.events, 0);
    const { firstId, lastId } = segment;
    if (events > 0) new RemoteLedger(db).lostOnce(name, { firstId, lastId, events }, now());
  };
}
