import type { Attribute } from '../core/attribute.js';
import { attributeSql } from './attribute.js';
import { quoteName } from './text.js';

/**
 * A query for the columns of the `events` view, over rows of events: id, stream_id, received_at and time (TIMESTAMPTZ),
 * type, name, payload and encoding.
 * @param columns the attributes that are columns of the view
 * @param value SQL for an attribute's value, where it is not to be taken from the payload
 */
export function selectEvents(
  columns: readonly Attribute[],
  rows: string,
  value: (attribute: Attribute, index: number) => string = attributeSql,
): string {
  const list = [
    'id',
    'stream_id',
    'received_at',
    '"time"',
    '"type"',
    '"name"',
    'payload',
    '"encoding"',
    'received_at as insert_datetime',
    ...columns.map((attribute, i) => `${value(attribute, i)} as ${quoteName(attribute.name)}`),
  ];
  return `select ${list.join(',\n')} from (${rows})`;
}
