import type { OnDamaged } from '../../query/view/segment-health.js';
import type { Streams } from './streams.js';

/** A callback that warns on stderr, once per segment, of segments that a query skips. */
export function damagedSegmentWarning({ err }: Streams): OnDamaged {
  const reported = new Set<number>();
  return ({ id, file, events }, problem) => {
    if (reported.has(id)) return;
    reported.add(id);
    const missing = `${events.toLocaleString('en-US')} ${events === 1 ? 'event is' : 'events are'} missing`;
    void err.write(`warning: ${missing}: the segment ${file} is left out (${problem}); see telemetry verify\n`);
  };
}
