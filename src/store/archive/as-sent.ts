import { COMPUTED_COLUMNS, type Attribute, type ComputedColumn } from '../../core/attribute.js';
import { coreColumns, selectWithCore, STORED_COLUMNS } from '../sql/core-columns.js';
import { placeholder } from '../sql/placeholder.js';
import { selectEvents } from '../sql/select-events.js';
import { quoteName } from '../sql/text.js';
import type { Segment } from '../catalog/segments.js';
import type { SegmentView } from './format.js';

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

/** Adds the core columns that are sealed to {@link sealable} rows. */
export function withCore(attributes: readonly Attribute[], rows: string): string {
  return selectWithCore(coreColumns(attributes), 'id, stream_id, received_at, payload, "encoding", sent', `(${rows})`);
}

/**
 * A query for {@link readable} rows in the columns of the view. What the rows do not hold is computed from the payload.
 * @param stored the core columns that the rows hold.
 */
export function viewOf(
  view: Pick<SegmentView, 'attributes' | 'columns' | 'leftOut' | 'condition' | 'core'>,
  rows: string,
  stored: readonly ComputedColumn[],
): string {
  const { attributes, condition, core } = view;
  const isRead = (name: ComputedColumn): boolean => stored.includes(name) || (core?.has(name) ?? true);
  const missing = COMPUTED_COLUMNS.filter(name => isRead(name) && !stored.includes(name));
  const held = ['id', 'stream_id', 'received_at', ...stored, 'payload', 'encoding'].map(quoteName).join(', ');
  const all = selectWithCore(coreColumns(attributes, missing), held, `(${rows})`);
  const list = selectEvents(view, `select * from (${all}) where ${condition}`, undefined, name =>
    isRead(name) ? undefined : placeholder(name),
  );
  return view.leftOut?.has('payload') === true ? list : withJsonPayload(list);
}

/**
 * Queries in the columns of the view for segments whose rows hold core columns.
 * @param rowsOf a query for {@link readable} rows of some of the segments.
 */
export function viewsOf(view: SegmentView, rowsOf: (segments: readonly Segment[]) => string[]): string[] {
  const ofFormat = (isFirst: boolean) => view.segments.filter(({ format }) => (format === 1) === isFirst);
  return [true, false].flatMap(isFirst => {
    const segments = ofFormat(isFirst);
    // Those of the first format hold a time and a type by older rules.
    const stored = isFirst ? [] : STORED_COLUMNS;
    return segments.length === 0 ? [] : rowsOf(segments).map(rows => viewOf(view, rows, stored));
  });
}

/** The view's queries cast the payload last, where it is asked for: the cast parses it. */
function withJsonPayload(select: string): string {
  return `select * replace (payload::json as payload) from (${select})`;
}

/** SQL for what tells {@link sealable} rows that were sent with half of a surrogate pair. */
export const ENCODING_SENT = `case when sent is null then "encoding" else 'surrogate' end`;

/** SQL for a point in time as ISO 8601, to the microsecond, in UTC. */
export function isoTime(column: string): string {
  return `strftime(timezone('UTC', ${column}), '%Y-%m-%dT%H:%M:%S.%fZ')`;
}
