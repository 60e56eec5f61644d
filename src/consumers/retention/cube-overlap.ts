import { durationText } from '../../core/duration.js';
import type { RetentionPolicy } from './policy.js';
import type { Cube } from '../cubes/cube-store.js';

/** Refreshes that may fail one after another before events are removed that no refresh has counted. */
const MISSED_REFRESHES = 10;

/**
 * The reason why a retention policy may remove events before a refresh of the cube has counted them, as a sentence
 * without a period; undefined when it cannot.
 */
export function retentionOverlap(
  { name, definition: { everyMs, plan, whole } }: Cube,
  policy: RetentionPolicy | undefined,
): string | undefined {
  if (!policy) return undefined;
  const ages = Object.values(policy.ages);
  const youngest = Math.min(...ages);
  if (plan === undefined) {
    return `each refresh of ${name} computes it as a whole (${whole ?? ''}), so events that retention removes leave it`;
  }
  if (ages.length > 0 && policy.by === 'time') {
    return `retention goes by the events' own time: late events can be removed before a refresh of ${name} has counted them`;
  }
  if (youngest < MISSED_REFRESHES * everyMs) {
    return `${name} is refreshed every ${durationText(everyMs)} and retention removes events after ${durationText(youngest)}: a refresh can come too late`;
  }
  if (policy.maxSize !== undefined) {
    return `--max-size can remove events before a refresh of ${name} has counted them`;
  }
  return undefined;
}
