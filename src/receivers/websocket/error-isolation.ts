import { asFailure } from '../http/reply.js';
import type { IntakeCounts } from '../intake.js';

/**
 * Returns a function that processes messages of a source without replies. A message that fails is counted and does not
 * affect the next one. Logs the first internal error.
 * @param request the description of a message for the operator, such as `a syslog message`
 */
export function isolateErrors(
  counts: IntakeCounts,
  log: (text: string) => void,
  request: string,
): (take: () => void) => void {
  let isLogged = false;
  return take => {
    try {
      take();
    } catch (error) {
      const { reason, message } = asFailure(error);
      counts.refused(reason, 1, reason === 'defect' ? undefined : { request, message });
      if (reason !== 'defect' || isLogged) return;
      isLogged = true;
      log(`a message could not be processed and is dropped: ${message}; further ones are only counted`);
    }
  };
}
