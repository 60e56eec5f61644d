import { isObjectAt, membersOf } from '../../../../formats/json/members.js';
import { DecodeError } from '../../../../formats/decoder.js';
import { activityEvents } from '../../../../formats/envelopes/activity.js';
import { MAX_ACTIVITY_EVENT_BYTES } from '../../../../core/limits.js';
import { ATTRIBUTE } from '../../../../core/vocabulary.js';

/** Maximum request size that no event reaches. */
const NO_LIMIT = 2 ** 31;

/**
 * The NDJSON line of an activity event, without its line feed. An event over 32 KiB is cut to its envelope, as clients
 * of the intake do. Undefined for an event without the four fields that the intake requires.
 */
export function activityLine(payload: string): string | undefined {
  const bytes = Buffer.from(payload);
  if (!isObjectAt(bytes, 0) || !membersOf(bytes, 0).some(({ key }) => key === ATTRIBUTE.eventId)) return undefined;
  let line: string | undefined;
  const decoder = activityEvents(
    (event, start, end) => {
      // A line break between two tokens would split the line.
      line = Buffer.from(event.subarray(start, end))
        .toString()
        .replaceAll(/[\r\n]/g, ' ');
    },
    { maxEventBytes: MAX_ACTIVITY_EVENT_BYTES, maxRequestBytes: NO_LIMIT, truncateOversize: true },
  );
  try {
    void decoder.write(bytes);
    void decoder.end();
    return line;
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}
