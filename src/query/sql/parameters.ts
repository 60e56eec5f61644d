import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  DuckDBTypeId,
  HUGEINT,
  SQLNULL,
  VARCHAR,
  type DuckDBConnection,
  type DuckDBPreparedStatement,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import { parseInstant } from '../../core/duration.js';
import { TelemetryError } from '../../core/errors.js';
import { tokensOf, type Token } from './split-sql.js';

/** Values by name, as text: `-p name=value`. */
export type Parameters = Readonly<Record<string, string>>;

const INT64 = 2n ** 63n;
const INT128 = 2n ** 127n;

/**
 * Binds `$name` for each parameter of a statement. Numbers, booleans and null bind as such, a JSON string as its text,
 * all else as text.
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

/** Types whose values a text may not be: a cast of it then fails, and not each statement says for which parameter. */
const CAST_TYPES: ReadonlySet<DuckDBTypeId> = new Set([
  DuckDBTypeId.BOOLEAN,
  DuckDBTypeId.TINYINT,
  DuckDBTypeId.SMALLINT,
  DuckDBTypeId.INTEGER,
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.HUGEINT,
  DuckDBTypeId.UTINYINT,
  DuckDBTypeId.USMALLINT,
  DuckDBTypeId.UINTEGER,
  DuckDBTypeId.UBIGINT,
  DuckDBTypeId.UHUGEINT,
  DuckDBTypeId.FLOAT,
  DuckDBTypeId.DOUBLE,
  DuckDBTypeId.DECIMAL,
  DuckDBTypeId.DATE,
  DuckDBTypeId.TIMESTAMP,
  DuckDBTypeId.TIMESTAMP_TZ,
]);

/**
 * Gives parameters the type of the column or expression that they are compared with. Of numbers and booleans compared
 * with text, makes text: bound as numbers, they would make DuckDB cast every value of the column to a number. Of points in
 * time that only {@link parseInstant} reads (`yesterday`, `2h`, an epoch), makes timestamps.
 * @returns the parameters; those that changed are JSON strings, which bind as text.
 * @throws TelemetryError `usage` for a text that no use of its parameter can read as a value of its type.
 */
export async function withTypes(
  connection: DuckDBConnection,
  sql: string,
  statement: DuckDBPreparedStatement,
  parameters: Parameters,
): Promise<Parameters> {
  const changed: Record<string, string> = {};
  for (const name of parameterNames(statement)) {
    const text = Object.hasOwn(parameters, name) ? parameters[name]! : 'null';
    const { value, type: given } = parameterValue(text);
    if (given.typeId === DuckDBTypeId.SQLNULL) continue;
    const isText = given.typeId === DuckDBTypeId.VARCHAR;
    const time = timestampText(String(value));
    const type = typeOf(statement, name);
    const types = type === undefined ? await typesOfUses(connection, sql, name) : [type];
    const isOf = (id: DuckDBTypeId): boolean => types.some(({ typeId }) => typeId === id);
    if (isOf(DuckDBTypeId.VARCHAR)) {
      if (!isText) changed[name] = JSON.stringify(text);
    } else if (time !== undefined && isOf(DuckDBTypeId.TIMESTAMP_TZ)) changed[name] = JSON.stringify(time);
    else if (isText) await refuseWrongType(connection, name, String(value), types);
  }
  return Object.keys(changed).length === 0 ? parameters : { ...parameters, ...changed };
}

/** Values of types that are no numbers. */
const EXAMPLES: ReadonlyMap<DuckDBTypeId, string> = new Map([
  [DuckDBTypeId.BOOLEAN, 'true or false'],
  [DuckDBTypeId.DATE, 'a date such as 2026-11-01'],
  [DuckDBTypeId.TIMESTAMP, 'a time such as 2026-11-01 12:30'],
  [DuckDBTypeId.TIMESTAMP_TZ, 'a time such as 1h, yesterday or 2026-11-01T12:30:00Z'],
]);

/** @throws TelemetryError `usage` when the text is a value of none of the types. */
async function refuseWrongType(
  connection: DuckDBConnection,
  name: string,
  text: string,
  types: readonly DuckDBType[],
): Promise<void> {
  const [type] = types;
  if (type === undefined || !types.every(({ typeId }) => CAST_TYPES.has(typeId))) return;
  const casts = types.map(each => `try_cast($1 as ${each.toString()}) is not null`);
  const reader = await connection.runAndReadAll(`select ${casts.join(' or ')}`, [text], [VARCHAR]);
  if (reader.getRows()[0]?.[0] === true) return;
  throw new TelemetryError('usage', `-p ${name}=${text}: the query compares $${name} with a ${type.toString()}`, {
    remedy: `Give ${EXAMPLES.get(type.typeId) ?? 'a number'}.`,
  });
}

/**
 * The text that a parameter surely binds as, whatever it is compared with; undefined for one that may bind as another
 * value, and for one without a value.
 */
export function textParameter(parameters: Parameters, name: string): string | undefined {
  if (!Object.hasOwn(parameters, name)) return undefined;
  const { value, type } = parameterValue(parameters[name]!);
  if (type.typeId !== DuckDBTypeId.VARCHAR) return undefined;
  const text = String(value);
  return timestampText(text) === undefined ? text : undefined;
}

/** A point in time as DuckDB reads it; undefined for any other text, and one that DuckDB reads itself. */
function timestampText(text: string): string | undefined {
  if (/^\s*\d{4}-\d{2}-\d{2}/.test(text)) return undefined;
  try {
    const micros = parseInstant(text, Date.now());
    const millis = new Date(Math.floor(micros / 1000)).toISOString().slice(0, -1);
    return `${millis}${String(micros % 1000).padStart(3, '0')}Z`;
  } catch (error) {
    if (error instanceof TelemetryError) return undefined;
    throw error;
  }
}

/** The type that DuckDB expects of a parameter; undefined for one that has several uses without a common type. */
function typeOf(statement: DuckDBPreparedStatement, name: string): DuckDBType | undefined {
  try {
    return statement.parameterType(statement.parameterIndex(name));
  } catch {
    return undefined; // the binding (1.5) throws for a type that is not known yet
  }
}

/**
 * The types that the uses of a parameter expect. Each use is tried alone, with NULL for the others: DuckDB knows no types
 * while one is undetermined.
 */
async function typesOfUses(connection: DuckDBConnection, sql: string, name: string): Promise<DuckDBType[]> {
  const types: DuckDBType[] = [];
  const tokens = tokensOf(sql);
  const uses = tokens.filter(({ text }, i) => text === '$' && /^\w/.test(tokens[i + 1]?.text ?? ''));
  const nameAt = ({ index }: Token): string => tokens.find(token => token.index > index)!.text;
  for (const use of uses) {
    if (nameAt(use).toLowerCase() !== name.toLowerCase()) continue;
    let alone = '';
    let end = 0;
    for (const other of uses) {
      if (other === use) continue;
      alone += `${sql.slice(end, other.index)}null`;
      end = other.index + 1 + nameAt(other).length;
    }
    const type = await typeAlone(connection, alone + sql.slice(end));
    if (type !== undefined) types.push(type);
  }
  return types;
}

/** The type of the only parameter of a statement; undefined where DuckDB does not know it. */
async function typeAlone(connection: DuckDBConnection, sql: string): Promise<DuckDBType | undefined> {
  let statement: DuckDBPreparedStatement;
  try {
    statement = await connection.prepare(sql);
  } catch {
    return undefined; // running the statement itself reports the binding error
  }
  try {
    return typeOf(statement, parameterNames(statement)[0] ?? '');
  } finally {
    statement.destroySync();
  }
}

/** The names of a statement's parameters. */
export function parameterNames(statement: DuckDBPreparedStatement): string[] {
  return Array.from({ length: statement.parameterCount }, (_, i) => statement.parameterName(i + 1));
}

/** A parameter's text as a value: its JSON scalar if it is one, else the text. */
function parameterValue(text: string): { value: DuckDBValue; type: DuckDBType } {
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
