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

/** Columns that every event has; a payload key of the same name (in any case) is reached through `payload`. */
export const CORE_COLUMNS = [
  'id',
  'stream_id',
  'received_at',
  'time',
  'type',
  'name',
  'payload',
  'encoding',
  'insert_datetime',
] as const;

const core: ReadonlySet<string> = new Set(CORE_COLUMNS);

/** Whether a payload key's name is taken by a core column. */
export function isCoreColumn(name: string): boolean {
  return core.has(name.toLowerCase());
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
