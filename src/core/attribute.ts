/**
 * Kinds of JSON value, as bits: the set seen for an attribute. `object` marks a key of a nested object, whose leaves
 * are attributes as well. An `integer` fits 64 bits signed, an `unsigned` only unsigned, a `long` has at most 38
 * digits, a `huge` more. Stores of the first release have `wide` for any of the last three.
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
  unsigned: 256,
  long: 512,
  huge: 1024,
} as const;

/** Every kind of number without a fraction and an exponent. */
const INTEGER_KINDS = KIND.integer | KIND.wide | KIND.unsigned | KIND.long | KIND.huge;

/** A column type that a payload key can have in the `events` view. */
export type AttributeType = 'BOOLEAN' | 'BIGINT' | 'HUGEINT' | 'DOUBLE' | 'VARCHAR' | 'JSON';

/** A payload key that has become a column. Keys that differ by case share one column, under the spelling first seen. */
export interface Attribute {
  /** The column's name: the keys from the top, joined by dots. */
  readonly name: string;
  /** Paths of its values: `{"a":{"b":1}}` and `{"a.b":1}` are two paths to the column `a.b`. */
  readonly paths: readonly (readonly string[])[];
  /** The {@link KIND}s seen, over all paths. */
  readonly kinds: number;
}

/**
 * The core columns that are computed from an event's keys; null when the event has no such key, except `time` and
 * `type`.
 */
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
const STORE_COLUMNS = ['id', 'stream_id', 'received_at', 'payload', 'encoding', 'insert_datetime'] as const;

/**
 * The columns of every event, in the order of the view `events`. A payload key of the same name, in any case, is read
 * by `payload ->> 'key'`.
 */
export const CORE_COLUMNS = [
  'id',
  'stream_id',
  'received_at',
  ...COMPUTED_COLUMNS,
  'payload',
  'encoding',
  'insert_datetime',
] as const;

/** One of {@link CORE_COLUMNS}. */
export type CoreColumn = (typeof CORE_COLUMNS)[number];

/**
 * Keys that metric labels and OTLP attributes are moved away from, since columns of these names have another meaning.
 */
export const RESERVED_KEYS: readonly string[] = [...STORE_COLUMNS, 'time', 'type', 'name'];

const core: ReadonlySet<string> = new Set(CORE_COLUMNS);
const added: ReadonlySet<string> = new Set(STORE_COLUMNS);

/** True for a key that a core column is named after, ignoring case. */
export function isCoreColumn(name: string): boolean {
  return core.has(name.toLowerCase());
}

/** True for a key without a column, since the store adds a column of that name. */
export function isStoreColumn(name: string): boolean {
  return added.has(name.toLowerCase());
}

/**
 * The narrowest type for every kind seen: integers are BIGINT, HUGEINT or, past 38 digits, VARCHAR; with other numbers
 * DOUBLE. Arrays and objects are JSON, any mixture is VARCHAR.
 */
export function attributeType(kinds: number): AttributeType {
  const seen = kinds & ~KIND.null;
  if (seen === 0) return 'VARCHAR';
  if (seen === KIND.boolean) return 'BOOLEAN';
  if ((seen & ~(KIND.array | KIND.object)) === 0) return 'JSON';
  if ((seen & ~(INTEGER_KINDS | KIND.double)) !== 0) return 'VARCHAR';
  if (seen & KIND.double) return 'DOUBLE';
  if (seen === KIND.integer) return 'BIGINT';
  // The length of a `wide` one is unknown: text keeps all digits.
  return seen & (KIND.huge | KIND.wide) ? 'VARCHAR' : 'HUGEINT';
}

/** Digits of an integer that always fits 64 bits. */
export const SAFE_DIGITS = 18;

/** Digits of an integer that always fits 128 bits, and the decimals of other programs. */
export const LONG_DIGITS = 38;

const INT64_MAX = '9223372036854775807';
const INT64_MIN = '9223372036854775808';
const UINT64_MAX = '18446744073709551615';

/** The {@link KIND} of an integer, by its JSON digits without leading zeros. */
export function integerKind(digits: string, isNegative: boolean): number {
  const { length } = digits;
  if (length <= SAFE_DIGITS) return KIND.integer;
  const limit = isNegative ? INT64_MIN : INT64_MAX;
  if (length < limit.length || (length === limit.length && digits <= limit)) return KIND.integer;
  if (length > LONG_DIGITS) return KIND.huge;
  if (isNegative) return KIND.long;
  const fits = length < UINT64_MAX.length || (length === UINT64_MAX.length && digits <= UINT64_MAX);
  return fits ? KIND.unsigned : KIND.long;
}
