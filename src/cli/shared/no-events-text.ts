import { visible } from '../../render/visible.js';

/** Notes for stderr on a selection that leaves no event. */

/** No event has a type. */
export function noTypeText(type: string): string {
  return `no event has the type "${visible(type)}"; telemetry stats lists the types\n`;
}

/** Bounds in time leave no event. @param outside the number of events outside. */
export function outsideText(outside: number, by: 'time' | 'received', hint = ''): string {
  const bound = by === 'time' ? 'happened' : 'was received';
  const events = outside === 1 ? '1 event lies' : `${outside.toLocaleString('en-US')} events lie`;
  return `no event ${bound} within the bounds: ${events} outside${hint}\n`;
}
