import { asFailure } from '../http/reply.js';
import type { IntakeCounts } from '../intake.js';

/**
 * Creates what takes the messages of a source that nobody waits at for a reply, each by itself: one that cannot be
 * taken is counted, a defect of ours also told of once, and the next one is taken.
 * @param request what the operator knows a message by, such as `a syslog message`.
 */
export function oneByOne(
  counts: IntakeCounts,
  say: (text: string) => void,
  request: string,
): (take: () => void) => void {
  let hasSaid = false;
  return take => {
    try {
      take();
    } catch (error) {
      const { reason, message } = asFailure(error);
      counts.refused(reason, 1, reason === 'defect' ? undefined : { request, message });
      if (reason !== 'defect' || hasSaid) return;
      hasSaid = true;
      say(`a message could not be taken: ${message}; it is left out, and others like it are only counted`);
    }
  };
}
