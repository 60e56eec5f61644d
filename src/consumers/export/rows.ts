import { attributeType, type Attribute } from '../../core/attribute.js';
import type { Predicate } from '../../query/predicate.js';
import { isoTime } from '../../store/archive/as-sent.js';
import { quoteName } from '../../store/sql/text.js';
import type { ExportColumn } from './request.js';

/** The core columns of exported rows before the attributes, with their types. */
const CORE: readonly ExportColumn[] = [
  { name: 'id', type: 'BIGINT' },
  { name: 'stream_id', type: 'BIGINT' },
  { name: 'received_at', type: 'TIMESTAMPTZ' },
  { name: 'time', type: 'TIMESTAMPTZ' },
  { name: 'type', type: 'VARCHAR' },
  { name: 'name', type: 'VARCHAR' },
  { name: 'severity', type: 'VARCHAR' },
  { name: 'message', type: 'VARCHAR' },
  { name: 'service', type: 'VARCHAR' },
  { name: 'trace_id', type: 'VARCHAR' },
  { name: 'span_id', type: 'VARCHAR' },
  { name: 'parent_span_id', type: 'VARCHAR' },
  { name: 'duration_ms', type: 'DOUBLE' },
];

/** Those after the attributes. */
const LAST: readonly ExportColumn[] = [
  { name: 'encoding', type: 'VARCHAR' },
  { name: 'payload', type: 'JSON' },
];

const coreNames: ReadonlySet<string> = new Set([...CORE, ...LAST].map(({ name }) => name));

/** The columns of exported rows: core columns, flat columns, then the payload. */
export function exportColumns(attributes: readonly Attribute[]): ExportColumn[] {
  return [...CORE, ...attributes.map(({ name, kinds }) => ({ name, type: attributeType(kinds) })), ...LAST];
}

/** True for a column that every event has. */
export function isCore({ name, sql }: ExportColumn): boolean {
  return sql !== undefined || coreNames.has(name);
}

/** The form of values: types of the view, text for JSON, or text for times as well. */
export type ValueForm = 'native' | 'json-as-text' | 'text';

/** SQL for the rows of an export among the events that are in view. */
export interface RowsSql {
  readonly columns: readonly ExportColumn[];
  /** The attributes that are columns of `events` now: their types may have become wider since the export began. */
  readonly attributes: readonly Attribute[];
  readonly predicate: Predicate | undefined;
  readonly form: ValueForm;
  /** A condition besides that of the predicate. */
  readonly condition?: string;
}

/** Returns a query for the rows of an export, in any order. */
export function rowsSql({ columns, attributes, predicate, form, condition }: RowsSql): string {
  const types = new Map(attributes.map(({ name, kinds }) => [name.toLowerCase(), attributeType(kinds)]));
  const list = columns.map(column => {
    const quoted = quoteName(column.name);
    if (column.cast !== undefined) return `${column.cast} as ${quoted}`;
    if (column.sql !== undefined) return `${column.sql} as ${quoted}`;
    const present = isCore(column) ? column.type : types.get(column.name.toLowerCase());
    const value = present === column.type ? quoted : `try_cast(${quoted} as ${column.type})`;
    const shown = formed(value, column.type, form);
    return shown === quoted ? quoted : `${shown} as ${quoted}`;
  });
  return `select ${list.join(', ')} from ${sourceSql(predicate)}${whereSql(predicate, condition)}`;
}

/** SQL to select from, for a predicate of the user's. */
export function sourceSql(predicate: Predicate | undefined): string {
  return predicate?.source ?? 'events';
}

/** The WHERE clause of a predicate and a condition; empty without either. */
export function whereSql(predicate: Predicate | undefined, condition?: string): string {
  const conditions = [condition, predicate?.sql].filter(sql => sql !== undefined);
  return conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`;
}

function formed(value: string, type: string, form: ValueForm): string {
  if (form === 'native') return value;
  if (type === 'JSON') return `${value}::varchar`;
  return form === 'text' && type === 'TIMESTAMPTZ' ? isoTime(value) : value;
}
