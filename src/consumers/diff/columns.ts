import { attributeType, type Attribute } from '../../core/attribute.js';
import {
  BARE_DURATION_KEYS,
  DURATION_KEYS,
  LEVEL_KEYS,
  MESSAGE_KEYS,
  NAME_KEYS,
  PARENT_SPAN_KEYS,
  SERVICE_KEYS,
  SPAN_KEYS,
  TRACE_KEYS,
  TYPE_KEYS,
} from '../../core/vocabulary.js';
import { tokensOf } from '../../query/sql/split-sql.js';
import { quoteName } from '../../store/sql/text.js';
import { printableText } from '../printable-text.js';

/** The values of a column: text, a number that can be ordered, a truth value, or JSON that is compared as text. */
type ColumnValues = 'text' | 'integer' | 'double' | 'boolean' | 'json';

/** A column of `events` whose values may set events apart. */
export interface DiffColumn {
  readonly name: string;
  readonly values: ColumnValues;
  /** The column in SQL. */
  readonly sql: string;
}

/** The core columns that describe an event; the others are about its storage or are its time. */
const CORE: readonly (readonly [name: string, values: ColumnValues, keys: readonly string[]])[] = [
  ['type', 'text', TYPE_KEYS],
  ['name', 'text', NAME_KEYS],
  ['severity', 'text', LEVEL_KEYS],
  ['message', 'text', MESSAGE_KEYS],
  ['service', 'text', SERVICE_KEYS],
  ['trace_id', 'text', TRACE_KEYS],
  ['span_id', 'text', SPAN_KEYS],
  ['parent_span_id', 'text', PARENT_SPAN_KEYS],
  ['duration_ms', 'double', [...DURATION_KEYS.map(([key]) => key), ...BARE_DURATION_KEYS]],
];

const VALUES = {
  BOOLEAN: 'boolean',
  BIGINT: 'integer',
  HUGEINT: 'text',
  DOUBLE: 'double',
  VARCHAR: 'text',
  JSON: 'json',
} as const;

/** The columns of a store that can set events apart. */
export function diffColumns(attributes: readonly Attribute[]): DiffColumn[] {
  const core = CORE.map(([name, values]): DiffColumn => ({ name, values, sql: quoteName(name) }));
  const others = attributes.map(({ name, kinds }): DiffColumn => {
    const type = attributeType(kinds);
    return { name, values: VALUES[type], sql: type === 'HUGEINT' ? `${quoteName(name)}::varchar` : quoteName(name) };
  });
  return [...core, ...others];
}

/**
 * True for a column that a condition names, and for one that says the same: the keys that `severity` is read from when it
 * names `severity`, and the reverse. Such a column only repeats the condition.
 */
export function isNamedIn(condition: string, { name }: DiffColumn): boolean {
  const named = new Set(tokensOf(condition).map(({ text }) => text.replace(/^"(.*)"$/s, '$1').toLowerCase()));
  const names = [name.toLowerCase()];
  for (const [core, , keys] of CORE) {
    const lower = keys.map(key => key.toLowerCase());
    if (core === names[0]) names.push(...lower);
    else if (lower.includes(names[0]!)) names.push(core);
  }
  return names.some(word => named.has(word));
}

/** The text of a column's values, as {@link valueCondition} takes it. */
export function textOf({ values, sql }: DiffColumn): string {
  return values === 'text' ? sql : `${sql}::varchar`;
}

/** The condition that selects the events with a value, given as text; null selects those without one. */
export function valueCondition(column: DiffColumn, value: string | null): string {
  const { sql, values } = column;
  if (value === null) return `${sql} is null`;
  if (values === 'json') return `${sql}::varchar = ${printableText(value)}`;
  return `${sql} = ${values === 'text' ? printableText(value) : literal(Number(value), value)}`;
}

/** The condition that selects the events with a number above `above` and up to `upTo`, each given as text. */
export function rangeCondition({ sql }: DiffColumn, above: string | undefined, upTo: string | undefined): string {
  return [
    ...(above === undefined ? [] : [`${sql} > ${literal(Number(above), above)}`]),
    ...(upTo === undefined ? [] : [`${sql} <= ${literal(Number(upTo), upTo)}`]),
  ].join(' and ');
}

/** Digits of a DECIMAL that becomes the nearest DOUBLE: numerator and power of ten are exact (IEEE 754 division rounds once). */
const EXACT_DIGITS = 15;

/** A number in SQL. DuckDB reads a literal with an exponent as DOUBLE, any other as DECIMAL. */
function literal(value: number, text: string): string {
  const isLong = !Number.isInteger(value) && text.replace(/[^0-9]/g, '').length > EXACT_DIGITS && !/e/i.test(text);
  return isLong ? `${text}e0` : text;
}
