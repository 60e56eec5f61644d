import {
  DuckDBTypeId as Id,
  VARCHAR,
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
import { printer, type ValueStyle } from './values.js';

/** Prints a value, which may be NULL, as JSON text. */
type JsonPrinter = (value: DuckDBValue) => string;

/**
 * Prints lists, structs, maps and unions as JSON that has lost nothing: numbers keep all their digits.
 * A map whose keys are text becomes an object, any other an array of `{"key":...,"value":...}`; a union `{"<tag>":...}`.
 */
export function nestedPrinter(type: DuckDBType, style: ValueStyle): JsonPrinter {
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
