import { COMPUTED_COLUMNS, type Attribute, type ComputedColumn } from '../../core/attribute.js';
import { attributeSql } from '../../store/sql/attribute.js';
import { coreColumns, selectWithCore } from '../../store/sql/core-columns.js';
import { placeholder } from '../../store/sql/placeholder.js';
import { selectEvents } from '../../store/sql/select-events.js';
import { quoteName } from '../../store/sql/text.js';
import { TYPE_OF, type TypeView } from '../sql/built-in-tables.js';

/** The `streams` view over the table function `stream_rows`. */
export const STREAMS_VIEW = `create or replace view streams as
  select id, make_timestamptz(started_at) as started_at, make_timestamptz(ended_at) as ended_at,
    transport, remote, path, headers, events from stream_rows()`;

/** A view of the events of one type. */
export function typeView(name: TypeView): string {
  return `create or replace view ${name} as select * from events where "type" = '${TYPE_OF[name]}'`;
}

/** The `events` view over queries that give its rows. */
export function eventsView(parts: readonly string[]): string {
  return `create or replace view events as ${parts.join('\nunion all\n')}`;
}

/**
 * SQL for the events of the table function `journal`, with the columns of the view.
 * @param attributes all registered attributes
 * @param columns those that are columns of the view
 * @param shown the core columns that the statement at hand reads; the others are placeholders
 * @param placeholderFor the journal's placeholder column for an attribute that the statement at hand does not read
 * @param condition a condition on `time` and `received_at` that events must meet
 */
export function journalSelect(
  attributes: readonly Attribute[],
  columns: readonly Attribute[],
  shown: ReadonlySet<ComputedColumn>,
  placeholderFor: (index: number) => string | undefined,
  condition = 'true',
): string {
  const core = coreColumns(
    attributes,
    COMPUTED_COLUMNS.filter(name => shown.has(name)),
  );
  const places = core.places.map(({ name }) => quoteName(name)).join(', ');
  const rows = selectWithCore(
    core,
    places === '' ? '*' : `* exclude (${places})`,
    '(select * replace (make_timestamptz(received_at) as received_at) from journal())',
  );
  return selectEvents(
    columns,
    `select * from (${rows}) where ${condition}`,
    (attribute, i) => placeholderFor(i) ?? attributeSql(attribute),
    name => (shown.has(name) ? undefined : placeholder(name)),
  );
}
