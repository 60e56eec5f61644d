/**
 * The kinds of JSON value that an attribute has been seen with, as a set of bits. `wide` is an integer past 64 bits,
 * `object` marks a key that elsewhere holds a nested object, whose leaves are attributes of their own.
 */
export const KIND = {
  null: 1,
  boolean: 2,
  integer: 4,
  double: 8,
  string: 16,
  array: 32,
  object: 64,
  wide: 128,
} as const;

/** A column type that a payload key can have in the `events` view. */
export type AttributeType = 'BOOLEAN' | 'BIGINT' | 'DOUBLE' | 'VARCHAR' | 'JSON';

/** A payload key that has become a column. Keys that differ by case share one column, under the spelling first seen. */
export interface Attribute {
  /** The column's name: the keys from the top, joined by dots. */
  readonly name: string;
  /** Where its values are: `{"a":{"b":1}}` and `{"a.b":1}` are two paths to the column `a.b`. */
  readonly paths: readonly (readonly string[])[];
  /** The {@link KIND}s seen, over all paths. */
  readonly kinds: number;
}

/** The core columns that are read from an event's keys; null where the event has none of these, save `time` and `type`. */
export const COMPUTED_COLUMNS = [
  'time',
  'type',
  'name',
  'severity',
  'message',
  'service',
  'trace_id',
  'span_id',
  'parent_span_id',
  'duration_ms',
] as const;

/** One of {@link COMPUTED_COLUMNS}. */
export type ComputedColumn = (typeof COMPUTED_COLUMNS)[number];

/** The core columns that the store adds to an event. */
export const STORE_COLUMNS = ['id', 'stream_id', 'received_at', 'payload', 'encoding', 'insert_datetime'] as const;

/** The columns that every event has, in the order of the view `events`. A payload key of the same name, in any case, is read by `payload ->> 'key'`. */
export const CORE_COLUMNS = [
  'id',
  'stream_id',
  'received_at',
  ...COMPUTED_COLUMNS,
  'payload',
  'encoding',
  'insert_datetime',
] as const;

/** Keys that a label of a metric or an attribute of OTLP is moved away from, since columns of their names say something else. */
export const RESERVED_KEYS: readonly string[] = [...STORE_COLUMNS, 'time', 'type', 'name'];

const core: ReadonlySet<string> = new Set(CORE_COLUMNS);
const added: ReadonlySet<string> = new Set(STORE_COLUMNS);

/** True for a key whose name, in any case, a core column has. */
export function isCoreColumn(name: string): boolean {
  return core.has(name.toLowerCase());
}

/** True for a key that no column is read from, since the store adds the column of its name. */
export function isStoreColumn(name: string): boolean {
  return added.has(name.toLowerCase());
}

/** The narrowest type that holds every kind seen: BIGINT widens to DOUBLE, anything mixed to VARCHAR. */
export function attributeType(kinds: number): AttributeType {
  const seen = kinds & ~(KIND.null | KIND.object);
  if (seen === KIND.boolean) return 'BOOLEAN';
  if (seen === KIND.integer) return 'BIGINT';
  if (seen === KIND.array) return 'JSON';
  if (seen !== 0 && (seen & ~(KIND.integer | KIND.double | KIND.wide)) === 0) return 'DOUBLE';
  return 'VARCHAR';
}
