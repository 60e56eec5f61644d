import type { OnDamaged } from '../../query/view/segment-health.js';
import type { Streams } from './streams.js';

/** Tells on stderr, once, of each segment that had to be left out. */
export function damageNote({ err }: Streams): OnDamaged {
  const told = new Set<number>();
  return ({ id, file, events }, problem) => {
    if (told.has(id)) return;
    told.add(id);
    const missing = `${events.toLocaleString('en-US')} ${events === 1 ? 'event is' : 'events are'} missing`;
    void err.write(`warning: ${missing}: the segment ${file} is left out (${problem}); see telemetry verify\n`);
  };
}
