import type { Attribute } from '../core/attribute.js';
import { coreColumns, selectWithCore } from '../sql/core-columns.js';

/*
 * Kinds that keep each event's text give rows of events as they were sent: id, stream_id, received_at (TIMESTAMPTZ),
 * payload (VARCHAR) and encoding, which is `surrogate` where DuckDB's JSON functions would refuse the payload.
 */

/** Such rows as a view has them: the payload is JSON that DuckDB reads. */
export function readable(sent: string): string {
  return `select * replace (
      case when "encoding" = 'surrogate' then well_formed(payload) else payload end as payload,
      nullif("encoding", 'surrogate') as "encoding")
    from (${sent})`;
}

/** Such rows as they are on their way into segments: with `sent`, which holds the payload where it is not readable. */
export function sealable(sent: string): string {
  return `select *, case when sent is null then text else well_formed(text) end as payload from (
      select * exclude (payload) replace (nullif("encoding", 'surrogate') as "encoding"), payload as text,
        case when "encoding" = 'surrogate' then payload end as sent
      from (${sent}))`;
}

/** Adds `time`, `type` and `name` to {@link sealable} rows. */
export function withCore(attributes: readonly Attribute[], rows: string): string {
  return selectWithCore(coreColumns(attributes), 'id, stream_id, received_at, payload, "encoding", sent', `(${rows})`);
}

/** The view's queries cast the payload last, where it is asked for: the cast parses it. */
export function withJsonPayload(select: string): string {
  return `select * replace (payload::json as payload) from (${select})`;
}

/** SQL for what tells {@link sealable} rows that were sent with half of a surrogate pair. */
export const ENCODING_SENT = `case when sent is null then "encoding" else 'surrogate' end`;

/** SQL for a point in time as ISO 8601, to the microsecond, in UTC. */
export function isoTime(column: string): string {
  return `strftime(timezone('UTC', ${column}), '%Y-%m-%dT%H:%M:%S.%fZ')`;
}
