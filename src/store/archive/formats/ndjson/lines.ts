import { join } from 'node:path';
import type { Segment } from '../../../catalog/segments.js';
import { quoteText } from '../../../sql/text.js';
import { ENCODING_SENT, isoTime } from '../../as-sent.js';
import { longestPayload } from '../../segment-stats.js';

/*
 * A line is a JSON object: {"id":1,"stream_id":1,"received_at":"2026-11-24T07:00:00.000000Z","payload":...}, where the
 * payload is the event as it was sent. An event that cannot stand on a line so (it has line breaks, or half of a
 * surrogate pair) has its bytes in "sent", as a JSON string, before a payload that can. "encoding" is there when it is
 * not null.
 */

/** The start of the payload in a line: quotes within a JSON string are escaped, so the first match is the key. */
const BEFORE_PAYLOAD = ',"payload":';

/** Upper bound in bytes of the rest of a line, next to twice its payload, and DuckDB's minimum. */
const OTHER_BYTES = 1024;
const LEAST_OBJECT_BYTES = 16 * 1024 * 1024;

/** SQL for the line of an event, over rows of `sealable` in archive/as-sent.ts. */
export const LINE = `concat('{"id":', id, ',"stream_id":', stream_id, ',"received_at":"', ${isoTime('received_at')}, '"',
  ',"encoding":"' || ${ENCODING_SENT} || '"',
  case when sent is not null or contains(payload, chr(10)) or contains(payload, chr(13))
    then ',"sent":' || to_json(coalesce(sent, payload))::varchar end,
  '${BEFORE_PAYLOAD}', replace(replace(payload, chr(10), ' '), chr(13), ' '), '}')`;

/** A query for the events, as sent, of files of such lines. */
export function readLines(dir: string, segments: readonly Segment[]): string {
  const files = segments.map(({ file }) => quoteText(join(dir, file))).join(', ');
  const largest = Math.max(LEAST_OBJECT_BYTES, 3 * longestPayload(segments) + OTHER_BYTES);
  return `select members[1]::bigint as id, members[2]::bigint as stream_id, members[3]::timestamptz as received_at,
      coalesce(members[5], line[instr(line, '${BEFORE_PAYLOAD}') + ${BEFORE_PAYLOAD.length}:-2]) as payload,
      members[4] as "encoding"
    from (
      select line, json_extract_string(line, ['/id', '/stream_id', '/received_at', '/encoding', '/sent']) as members
      from (select json::varchar as line
        from read_ndjson_objects([${files}], maximum_object_size = ${largest})))`;
}
