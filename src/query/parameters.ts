import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  HUGEINT,
  SQLNULL,
  VARCHAR,
  type DuckDBPreparedStatement,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import { TelemetryError } from '../core/errors.js';

/** Values by name, as text: `-p name=value`. */
export type Parameters = Readonly<Record<string, string>>;

const INT64 = 2n ** 63n;
const INT128 = 2n ** 127n;

/**
 * Binds `$name` for each parameter of a statement. Numbers, booleans and null act as such, a JSON string as its text, all else as text.
 * @throws TelemetryError `usage` when a value is missing.
 */
export function bindParameters(statement: DuckDBPreparedStatement, parameters: Parameters): void {
  for (const name of parameterNames(statement)) {
    const text = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
    if (text === undefined) {
      throw new TelemetryError('usage', `the query has the parameter $${name}, which was given no value`, {
        remedy: `Add -p ${name}=VALUE.`,
      });
    }
    const { value, type } = parameterValue(text);
    statement.bindValue(statement.parameterIndex(name), value, type);
  }
}

/** The names of a statement's parameters. */
export function parameterNames(statement: DuckDBPreparedStatement): string[] {
  return Array.from({ length: statement.parameterCount }, (_, i) => statement.parameterName(i + 1));
}

/** A parameter's text as a value: a JSON scalar when it is one, else itself. */
export function parameterValue(text: string): { value: DuckDBValue; type: DuckDBType } {
  if (text === 'true' || text === 'false') return { value: text === 'true', type: BOOLEAN };
  if (text === 'null') return { value: null, type: SQLNULL };
  if (/^-?(0|[1-9]\d*)$/.test(text)) {
    const value = BigInt(text);
    if (value >= -INT64 && value < INT64) return { value, type: BIGINT };
    if (value >= -INT128 && value < INT128) return { value, type: HUGEINT };
    return { value: text, type: VARCHAR };
  }
  if (/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text)) return { value: Number(text), type: DOUBLE };
  return { value: jsonString(text) ?? text, type: VARCHAR };
}

function jsonString(text: string): string | undefined {
  if (!text.startsWith('"')) return undefined;
  try {
    return JSON.parse(text) as string;
  } catch {
    return undefined; // not JSON, so it is text that begins with a quote
  }
}
