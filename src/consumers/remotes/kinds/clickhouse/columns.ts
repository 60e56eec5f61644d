/** A column of the table of events. */
export interface TableColumn {
  readonly name: string;
  /** As `system.columns` prints it. */
  readonly type: string;
  /** The codec or default expression after the type in CREATE TABLE. */
  readonly definition?: string;
}

const column = (name: string, type: string, definition?: string): TableColumn => ({
  name,
  type,
  ...(definition !== undefined && { definition }),
});

const DELTA = 'codec(Delta, ZSTD(1))';

/** The columns of a batch with values of the event itself. */
const SENT_COLUMNS: readonly TableColumn[] = [
  column('event_id', 'UInt64', DELTA),
  column('received_at', "DateTime64(6, 'UTC')", DELTA),
  column('time', "DateTime64(9, 'UTC')", DELTA),
  column('time_us', 'Int64', DELTA),
  column('time_ns', 'Nullable(Int64)', DELTA),
  column('stream_id', 'Nullable(UInt64)'),
  column('type', 'LowCardinality(String)'),
  column('name', 'LowCardinality(Nullable(String))'),
  column('severity', 'LowCardinality(Nullable(String))'),
  column('message', 'Nullable(String)', 'codec(ZSTD(1))'),
  column('service', 'LowCardinality(Nullable(String))'),
  column('trace_id', 'Nullable(String)', 'codec(ZSTD(1))'),
  column('span_id', 'Nullable(String)', 'codec(ZSTD(1))'),
  column('parent_span_id', 'Nullable(String)', 'codec(ZSTD(1))'),
  column('duration_ms', 'Nullable(Float64)'),
  column('encoding', 'LowCardinality(Nullable(String))'),
  column('payload_text', 'String', 'codec(ZSTD(1))'),
];

/** The columns of a batch, in their order. */
export const BATCH_COLUMNS: readonly TableColumn[] = [
  column('store_id', 'LowCardinality(String)'),
  column('epoch', 'LowCardinality(String)'),
  ...SENT_COLUMNS,
];

/** The payload where the server has the type JSON: NULL where it cannot hold the value. */
const JSON_PAYLOAD = column('payload', 'Nullable(JSON)', `default accurateCastOrNull(payload_text, 'JSON')`);

/** The payload of a server without that type. */
const TEXT_PAYLOAD = column('payload', 'String', 'alias payload_text');

/**
 * The columns of the table of events. A table that exists may have more.
 * @param hasJson true where the server has JSON.
 */
export function eventColumns(hasJson: boolean): readonly TableColumn[] {
  return [...BATCH_COLUMNS, hasJson ? JSON_PAYLOAD : TEXT_PAYLOAD];
}
