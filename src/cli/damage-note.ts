import type { OnDamaged } from '../query/live-view.js';
import type { Streams } from './streams.js';

/** Tells on stderr of each segment that a query had to leave out. */
export function damageNote({ err }: Streams): OnDamaged {
  return ({ file, events }, problem) => {
    const missing = `${events.toLocaleString('en-US')} ${events === 1 ? 'event is' : 'events are'} missing`;
    void err.write(`warning: ${missing}: the segment ${file} is left out (${problem}); see telemetry verify\n`);
  };
}
