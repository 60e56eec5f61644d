/** A core column that is text. */
export type TextColumn =
  'type' | 'name' | 'severity' | 'message' | 'service' | 'trace_id' | 'span_id' | 'parent_span_id' | 'encoding';

/** The SQL of an engine for what the questions of the suite are made of. */
export interface Dialect {
  /** What to select events from. */
  readonly events: string;
  /** The id that the store gave an event. */
  readonly id: string;
  /** A core column. */
  column(name: TextColumn | 'stream_id' | 'duration_ms'): string;
  /** A time in microseconds since 1970, an integer. */
  micros(column: 'time' | 'received_at'): string;
  /** The time of an event in nanoseconds since 1970, an integer; undefined for an engine without them. */
  readonly nanos?: string;
  /** The payload as it was sent; undefined where the engine does not promise it. */
  readonly payload?: string;
  /** A key at the top of the payload as text: a text's content, another value's JSON. NULL for null and a missing key. */
  key(name: string): string;
  /** `missing`, `null` or `value` for a key at the top of the payload. */
  state(name: string): string;
  /** A key of the payload whose value is an integer of 64 bits, as an integer that a sum of does not round. */
  integer(name: string): string;
  /** A value as text, NULL as NULL. */
  text(value: string): string;
  /** The character that stands for U+0000 in text columns. */
  readonly nul: string;
}

/** The dialect of the store: the answers that are expected. */
export const STORE: Dialect = {
  events: 'events',
  id: 'id',
  column: name => `"${name}"`,
  micros: column => `epoch_us("${column}")`,
  nanos: `coalesce(
    case when try_cast(payload->>'time_unix_nano' as bigint) // 1000 = epoch_us("time") then (payload->>'time_unix_nano')::bigint end,
    case when try_cast(payload->>'timeUnixNano' as bigint) // 1000 = epoch_us("time") then (payload->>'timeUnixNano')::bigint end,
    case when "type" = 'nanos' then epoch_us("time") * 1000 + (payload->>'time')[27:29]::bigint end,
    case when epoch_us("time") between -9223372036854775 and 9223372036854774 then epoch_us("time") * 1000 end)`,
  payload: 'payload::varchar',
  key: name => `payload->>'${name}'`,
  state: name =>
    `case json_type(payload, '/${name}') when 'NULL' then 'null' else if(json_exists(payload, '/${name}'), 'value', 'missing') end`,
  integer: name => `(payload->>'${name}')::hugeint`,
  text: value => `(${value})::varchar`,
  nul: '\0',
};
