/** A column of the table of events. */
export interface TableColumn {
  readonly name: string;
  /** As PostgreSQL's `format_type` prints it. */
  readonly type: string;
  readonly isRequired: boolean;
}

const column = (name: string, type: string, isRequired = false): TableColumn => ({ name, type, isRequired });

/** The columns of the table of events. A table that exists may have more. */
export const EVENT_COLUMNS: readonly TableColumn[] = [
  column('store_id', 'text', true),
  column('epoch', 'text', true),
  column('event_id', 'bigint', true),
  column('day', 'date', true),
  column('received_at', 'timestamp with time zone', true),
  column('time', 'timestamp with time zone', true),
  column('time_ns', 'bigint'),
  column('stream_id', 'bigint', true),
  column('type', 'text', true),
  column('name', 'text'),
  column('severity', 'text'),
  column('message', 'text'),
  column('service', 'text'),
  column('trace_id', 'text'),
  column('span_id', 'text'),
  column('parent_span_id', 'text'),
  column('duration_ms', 'double precision'),
  column('encoding', 'text'),
  column('payload_text', 'text', true),
  column('payload', 'jsonb'),
];

/** The key of an event. PostgreSQL requires the partition column in it. */
export const EVENT_KEY = ['store_id', 'epoch', 'event_id', 'day'] as const;

/** The columns of the table of cursors: one row per store, remote and table of events. */
export const CURSOR_COLUMNS: readonly TableColumn[] = [
  column('store_id', 'text', true),
  column('epoch', 'text', true),
  column('remote', 'text', true),
  column('table_name', 'text', true),
  column('last_id', 'bigint', true),
];

/** The key of a cursor. */
export const CURSOR_KEY = ['store_id', 'epoch', 'remote', 'table_name'] as const;
