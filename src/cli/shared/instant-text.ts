import type { Micros } from '../../core/duration.js';

/** Formats a time to the second, in UTC. */
export function instantText(at: Micros): string {
  return new Date(at / 1000).toISOString().replace(/\.\d+Z$/, 'Z');
}
