import type { Attribute } from '../core/attribute.js';
import { attributeSql } from '../sql/attribute.js';
import { coreColumns, selectWithCore } from '../sql/core-columns.js';
import { selectEvents } from '../sql/select-events.js';

/** The `streams` view over the table function `stream_rows`. */
export const STREAMS_VIEW = `create or replace view streams as
  select id, make_timestamptz(started_at) as started_at, make_timestamptz(ended_at) as ended_at,
    transport, remote, path, headers, events from stream_rows()`;

/** The `events` view over queries that give its rows. */
export function eventsView(parts: readonly string[]): string {
  return `create or replace view events as ${parts.join('\nunion all\n')}`;
}

/**
 * The events of the table function `journal`, whose rows are as the store keeps them, in the columns of the view.
 * @param attributes all that are registered
 * @param columns those that are columns of the view
 * @param standIn the journal's column that stands in for an attribute whose values the query at hand does not need
 */
export function journalSelect(
  attributes: readonly Attribute[],
  columns: readonly Attribute[],
  standIn: (index: number) => string | undefined,
): string {
  const rows = selectWithCore(
    coreColumns(attributes),
    '* exclude ("time candidates", "type candidates", "name candidates")',
    '(select * replace (make_timestamptz(received_at) as received_at) from journal())',
  );
  return selectEvents(columns, rows, (attribute, i) => standIn(i) ?? attributeSql(attribute));
}
