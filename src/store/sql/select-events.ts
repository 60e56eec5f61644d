import { COMPUTED_COLUMNS, type Attribute, type ComputedColumn } from '../../core/attribute.js';
import { attributeSql } from './attribute.js';
import { quoteName } from './text.js';

/**
 * Returns a query for the columns of the view `events` over rows of events: id, stream_id, received_at (TIMESTAMPTZ),
 * payload, encoding and the computed core columns.
 * @param columns the attributes that are columns of the view
 * @param value SQL for an attribute's value that is not taken from the payload
 * @param computed SQL for a core column that the rows lack
 */
export function selectEvents(
  columns: readonly Attribute[],
  rows: string,
  value: (attribute: Attribute, index: number) => string = attribute => attributeSql(attribute),
  computed?: (name: ComputedColumn) => string | undefined,
): string {
  const list = [
    'id',
    'stream_id',
    'received_at',
    ...COMPUTED_COLUMNS.map(name => `${computed?.(name) ?? quoteName(name)} as ${quoteName(name)}`),
    'payload',
    '"encoding"',
    'received_at as insert_datetime',
    ...columns.map((attribute, i) => `${value(attribute, i)} as ${quoteName(attribute.name)}`),
  ];
  return `select ${list.join(',\n')} from (${rows})`;
}
