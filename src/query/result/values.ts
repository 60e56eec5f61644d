import {
  DuckDBTypeId as Id,
  VARCHAR,
  type DuckDBDateValue,
  type DuckDBArrayValue,
  type DuckDBListValue,
  type DuckDBMapType,
  type DuckDBMapValue,
  type DuckDBStructType,
  type DuckDBStructValue,
  type DuckDBType,
  type DuckDBUnionType,
  type DuckDBUnionValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { ColumnKind } from '../../core/result.js';
import { printDate, timestampPrinter, zonedPrinter, type TimeStyle } from './timestamps.js';

/** The format of values as text. No format loses digits. */
export interface ValueStyle {
  readonly timezone: string;
  readonly time: TimeStyle;
}

/** A printer for the non-NULL values of one type, as core/result.ts says for its kind. */
export interface Printer {
  readonly kind: ColumnKind;
  readonly print: (value: DuckDBValue) => string;
}

const asItIs = (value: DuckDBValue): string => String(value);

/** Chooses the printer of a column. */
export function printer(type: DuckDBType, style: ValueStyle): Printer {
  switch (type.typeId) {
    case Id.BOOLEAN:
      return { kind: 'boolean', print: asItIs };
    case Id.TINYINT:
    case Id.SMALLINT:
    case Id.INTEGER:
    case Id.BIGINT:
    case Id.HUGEINT:
    case Id.UTINYINT:
    case Id.USMALLINT:
    case Id.UINTEGER:
    case Id.UBIGINT:
    case Id.UHUGEINT:
    case Id.BIGNUM:
    case Id.DECIMAL:
      return { kind: 'number', print: asItIs };
    case Id.DOUBLE:
      return { kind: 'number', print: value => printDouble(value as number) };
    case Id.FLOAT:
      return { kind: 'number', print: value => printFloat(value as number) };
    case Id.VARCHAR:
      return { kind: type.alias === 'JSON' ? 'json' : 'text', print: asItIs };
    case Id.TIMESTAMP:
    case Id.TIMESTAMP_S:
    case Id.TIMESTAMP_MS:
    case Id.TIMESTAMP_NS:
    case Id.TIMESTAMP_TZ:
      return { kind: 'time', print: pointInTime(type.typeId, style) };
    case Id.DATE:
      return { kind: 'time', print: value => printDay(value as DuckDBDateValue) };
    case Id.LIST:
    case Id.ARRAY:
    case Id.STRUCT:
    case Id.MAP:
    case Id.UNION:
    case Id.VARIANT:
      return { kind: 'json', print: nestedPrinter(type, style) };
    default:
      return { kind: 'text', print: asItIs };
  }
}

function pointInTime(type: Id, { timezone, time }: ValueStyle): (value: DuckDBValue) => string {
  const zoned = zonedPrinter(timezone, time);
  const [seconds, millis, micros, nanos] = [1n, 1000n, 1_000_000n, 1_000_000_000n].map(unit =>
    timestampPrinter(unit, time),
  );
  switch (type) {
    case Id.TIMESTAMP_TZ:
      return value => zoned((value as { micros: bigint }).micros);
    case Id.TIMESTAMP_S:
      return value => seconds!((value as { seconds: bigint }).seconds);
    case Id.TIMESTAMP_MS:
      return value => millis!((value as { millis: bigint }).millis);
    case Id.TIMESTAMP_NS:
      return value => nanos!((value as { nanos: bigint }).nanos);
    default:
      return value => micros!((value as { micros: bigint }).micros);
  }
}

function printDay(date: DuckDBDateValue): string {
  return date.isFinite ? printDate(date.days) : date.days > 0 ? 'infinity' : '-infinity';
}

function printDouble(value: number): string {
  return Object.is(value, -0) ? '-0.0' : String(value);
}

/** Nine digits distinguish any two 32-bit floats. The fewest digits that do are those that people wrote. */
const FLOAT_DIGITS = 9;

function printFloat(value: number): string {
  if (!Number.isFinite(value) || value === 0) return printDouble(value);
  for (let digits = 1; digits < FLOAT_DIGITS; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return printDouble(short);
  }
  return printDouble(Number(value.toPrecision(FLOAT_DIGITS)));
}

/** Prints a value, which may be NULL, as JSON text. */
type JsonPrinter = (value: DuckDBValue) => string;

/**
 * Prints lists, structs, maps and unions as JSON with all digits of numbers. A map with text keys becomes an object,
 * any other an array of `{"key":...,"value":...}`; a union becomes `{"<tag>":...}`.
 */
function nestedPrinter(type: DuckDBType, style: ValueStyle): JsonPrinter {
  switch (type.typeId) {
    case Id.LIST:
      return listPrinter(type.valueType, style);
    case Id.ARRAY:
      return listPrinter(type.valueType, style);
    case Id.STRUCT:
      return structPrinter(type, style);
    case Id.MAP:
      return mapPrinter(type, style);
    case Id.UNION:
      return unionPrinter(type, style);
    default:
      return value => {
        const { value: inner, type: innerType } = value as { value: DuckDBValue; type?: DuckDBType };
        return inner === null ? 'null' : jsonPrinter(innerType ?? VARCHAR, style)(inner);
      };
  }
}

function jsonPrinter(type: DuckDBType, style: ValueStyle): JsonPrinter {
  const { kind, print } = printer(type, style);
  if (kind === 'text' || kind === 'time') return value => (value === null ? 'null' : JSON.stringify(print(value)));
  if (kind !== 'number') return value => (value === null ? 'null' : print(value));
  return value => {
    if (value === null) return 'null';
    const text = print(value);
    return /[NI]/.test(text) ? `"${text}"` : text; // NaN and Infinity are not JSON
  };
}

function listPrinter(type: DuckDBType, style: ValueStyle): JsonPrinter {
  const item = jsonPrinter(type, style);
  return value => `[${(value as DuckDBListValue | DuckDBArrayValue).items.map(item).join(',')}]`;
}

function structPrinter(type: DuckDBStructType, style: ValueStyle): JsonPrinter {
  const entries = type.entryNames.map((name, i) => ({
    name,
    key: `${JSON.stringify(name)}:`,
    print: jsonPrinter(type.entryTypes[i]!, style),
  }));
  return value => {
    const struct = (value as DuckDBStructValue).entries;
    return `{${entries.map(({ name, key, print }) => key + print(struct[name] ?? null)).join(',')}}`;
  };
}

function mapPrinter(type: DuckDBMapType, style: ValueStyle): JsonPrinter {
  const key = jsonPrinter(type.keyType, style);
  const item = jsonPrinter(type.valueType, style);
  const { kind } = printer(type.keyType, style);
  const isObject = kind === 'text' || kind === 'time';
  return value => {
    const { entries } = value as DuckDBMapValue;
    if (isObject) return `{${entries.map(entry => `${key(entry.key)}:${item(entry.value)}`).join(',')}}`;
    return `[${entries.map(entry => `{"key":${key(entry.key)},"value":${item(entry.value)}}`).join(',')}]`;
  };
}

function unionPrinter(type: DuckDBUnionType, style: ValueStyle): JsonPrinter {
  const printers = new Map(type.memberTags.map((tag, i) => [tag, jsonPrinter(type.memberTypes[i]!, style)]));
  return value => {
    const { tag, value: inner } = value as DuckDBUnionValue;
    return `{${JSON.stringify(tag)}:${printers.get(tag)!(inner)}}`;
  };
}
