import { attributeType, CORE_COLUMNS, type Attribute } from '../../core/attribute.js';
import { quoteName, quoteText } from '../../store/sql/text.js';
import { isLevelColumn, tableLike } from './meanings.js';
import { nearNames } from './near-names.js';
import {
  comparedWith,
  findName,
  isCompared,
  isName,
  nameStartingAt,
  placeOf,
  unquoted,
  type SqlPlace,
} from './sql-place.js';

/** An error of DuckDB, and the statement that failed with it. */
interface Failed {
  readonly message: string;
  readonly place: SqlPlace;
  readonly attributes: readonly Attribute[];
  /** All columns of events. */
  readonly names: readonly string[];
}

type Hint = (failed: Failed) => string | undefined;

/** In order: the first that returns a hint wins. */
const HINTS: readonly Hint[] = [
  dottedName,
  unknownColumn,
  unknownTable,
  notConvertible,
  textAndTime,
  numberAndTime,
  notATime,
  wrongArguments,
  percentileWithFilter,
  unknownFunction,
];

/** A hint on how to fix a statement that failed; undefined when DuckDB's message has to suffice. */
export function hintFor(message: string, sql: string, attributes: readonly Attribute[]): string | undefined {
  const names = [...CORE_COLUMNS, ...attributes.map(({ name }) => name)];
  const failed: Failed = { message, place: placeOf(message, sql), attributes, names };
  for (const hint of HINTS) {
    const text = hint(failed);
    if (text !== undefined) return text;
  }
  return undefined;
}

/** `http.route` without quotes: DuckDB reads the first part as a table, or the second as a field of the first. */
function dottedName({ message, place, names }: Failed): string | undefined {
  const table = /Referenced table "([^"]+)" not found/.exec(message)?.[1];
  const inner = /does not have a column named "([^"]+)"/.exec(message)?.[1];
  if (table === undefined && inner === undefined) return undefined;
  const at = findName(place, table ?? inner!);
  if (at < 0) return undefined;
  const chain = nameStartingAt(place, at)
    .split('.')
    .map(part => unquoted(part.trim()))
    .join('.');
  const exact = names.find(name => name.toLowerCase() === chain.toLowerCase());
  const quoted = (name: string): string => {
    const sql = quoteName(name);
    return `${sql}, in a shell string of double quotes ${sql.replaceAll('"', '\\"')}`;
  };
  if (exact !== undefined) return `A name with dots needs double quotes: ${quoted(exact)}.`;
  const near = nearNames(chain, names).filter(name => inner === undefined || name.includes('.'));
  return near.length === 0 ? undefined : `near attributes: ${near.join(', ')}`;
}

function unknownColumn({ message, place, attributes, names }: Failed): string | undefined {
  const name = /Referenced column "((?:[^"]|"")+)" (?:was )?not found/.exec(message)?.[1];
  if (name === undefined) return undefined;
  const at = findName(place, name);
  if (at < 0 || !isCompared(place, at)) {
    const near = nearNames(name, names);
    return near.length === 0 ? undefined : `near attributes: ${near.join(', ')}`;
  }
  const column = comparedWith(place, at);
  const value = valueAt(place, at);
  const near = nearNames(name, names, 0.25);
  const other = near.length === 0 ? '' : `\nnear attributes: ${near.join(', ')}`;
  return `Text goes in single quotes, names in double quotes: ${comparison(place, at, column, value, attributes)}.${other}`;
}

/** The comparison with a text that was meant, in correct SQL. */
function comparison(
  { tokens }: SqlPlace,
  at: number,
  column: string | undefined,
  value: string,
  attributes: readonly Attribute[],
): string {
  const isInList = /^[(,]$/.test(tokens[at - 1]?.text ?? '');
  if (column === undefined || isInList) return quoteText(value);
  if (isNumber(column, attributes) && isLevelColumn(column)) return `severity = ${quoteText(value.toUpperCase())}`;
  return `${column} = ${quoteText(value)}`;
}

/** The text that was meant from token `at` on: `us-east-1` is five tokens. */
function valueAt({ sql, tokens }: SqlPlace, at: number): string {
  const { text, index } = tokens[at]!;
  if (text.startsWith('"')) return unquoted(text);
  return (/^[^\s,;()'"]+/.exec(sql.slice(index))?.[0] ?? text).replace(/^[“”‘’`]|[“”‘’`]$/g, '');
}

function unknownTable({ message }: Failed): string | undefined {
  const [, name, suggestion] =
    /Table with name (\S+) does not exist!(?:\nDid you mean "([^"]*)"\?)?/.exec(message) ?? [];
  if (name === undefined) return undefined;
  const meant = tableLike(unquoted(name));
  if (meant !== undefined) return `Did you mean ${meant}?`;
  if (suggestion !== undefined && tableLike(suggestion) === undefined && !OWN_TABLE.test(suggestion)) return undefined;
  return 'The views are events and streams, and logs, spans and metrics; telemetry schema lists their columns.';
}

const OWN_TABLE = /^(?:pg_|duckdb_|sqlite_|information_schema)/;

/** A number compared with a text: the column is a number for every event so far, or a text cannot be cast to one. */
function notConvertible({ message, place, attributes }: Failed): string | undefined {
  const [, value, type = '', source] =
    /Could not convert string '((?:[^']|'')*)' to (\w+)(?: when casting from source column (\S+))?/.exec(message) ?? [];
  if (value === undefined) return undefined;
  const literal = place.tokens[place.at]?.text ?? '';
  const column = place.at < 0 ? undefined : comparedWith(place, place.at);
  if (column !== undefined && isNumber(column, attributes)) return textBesideNumber(column, literal, value);
  return `Not every value of ${source ?? 'the text'} is a number: try_cast(${source ?? '...'} as ${SQL_TYPE[type] ?? 'double'}) is NULL for the others.`;
}

function textBesideNumber(column: string, literal: string, value: string): string {
  const asText = `compare its text: ${column}::varchar = ${literal}`;
  if (!literal.startsWith("'")) return `${column} is a number: ${asText}.`;
  if (isLevelColumn(column) || LEVEL_TEXT.test(value)) {
    return `${column} is a number here. Compare severity = ${quoteText(value.toUpperCase())}, which is the same for every sender, or ${asText}.`;
  }
  const number = /^-?\d+(?:\.\d+)?/.exec(value)?.[0];
  if (number !== undefined) return `${column} is a number: compare it with one, such as ${number}.`;
  return `${column} is a number: ${asText}.`;
}

const LEVEL_TEXT = /^(?:trace|debug|info|notice|warn|warning|err|error|crit|critical|fatal)$/i;

/** SQL names of the types that DuckDB's errors name. */
const SQL_TYPE: Readonly<Record<string, string>> = { INT64: 'bigint', INT32: 'integer', DOUBLE: 'double' };

function attributeOf(written: string, attributes: readonly Attribute[]): Attribute | undefined {
  const name = written
    .split('.')
    .map(part => unquoted(part.trim()))
    .join('.')
    .toLowerCase();
  return attributes.find(
    attribute => attribute.name.toLowerCase() === name || name.endsWith(`.${attribute.name.toLowerCase()}`),
  );
}

/** True for a column of numbers. @param written the name as the statement has it */
function isNumber(written: string, attributes: readonly Attribute[]): boolean {
  const attribute = attributeOf(written, attributes);
  return attribute ? isNumeric(attribute) : NUMERIC_CORE.test(unquoted(written.split('.').at(-1) ?? ''));
}

const NUMERIC_CORE = /^(?:id|stream_id|duration_ms)$/i;

function isNumeric({ kinds }: Attribute): boolean {
  return /^(?:BIGINT|DOUBLE)$/.test(attributeType(kinds));
}

/** A timestamp compared with an ISO text. */
function textAndTime({ message, place, attributes }: Failed): string | undefined {
  if (!/Cannot (?:compare|mix) values of type .*VARCHAR.*(?:TIMESTAMP|DATE)|TIMESTAMP.*VARCHAR/.test(message))
    return undefined;
  const name = operandOf(place, attributes, attribute => attributeType(attribute.kinds) === 'VARCHAR') ?? 'it';
  return `${name === 'it' ? 'The text' : name} is a text: compare ${name}::timestamptz.`;
}

function numberAndTime({ message, place, attributes }: Failed): string | undefined {
  if (!/Cannot (?:compare|mix) values of type/.test(message) || !/TIMESTAMP|DATE/.test(message)) return undefined;
  const name = operandOf(place, attributes, isNumeric);
  if (name === undefined) return undefined;
  const per = /nano|_ns/i.test(name) ? '1e9' : /micro|_us/i.test(name) ? '1e6' : '1e3';
  return `${name} is a number: to_timestamp(${name} / ${per}) is its time, and the column time that of the event.`;
}

/** The attribute of the kind sought on either side of the operator under the caret, as written. */
function operandOf(
  place: SqlPlace,
  attributes: readonly Attribute[],
  isWanted: (attribute: Attribute) => boolean,
): string | undefined {
  const { tokens, at } = place;
  const around = [at, at - 1, at + 1, at + 2, at + 3].filter(i => isName(tokens[i]));
  for (const i of around) {
    let first = i;
    while (tokens[first - 1]?.text === '.' && isName(tokens[first - 2])) first -= 2;
    const written = nameStartingAt(place, first);
    const attribute = attributeOf(written, attributes);
    if (attribute && isWanted(attribute)) return written;
  }
  return undefined;
}

function notATime({ message }: Failed): string | undefined {
  if (!/invalid (?:timestamp|date|time) field format/.test(message)) return undefined;
  return `Write a time like '2026-11-28 12:30', or now() - interval 1 hour; --since 1h bounds the whole query.`;
}

/** A function that takes no text, or only text. */
function wrongArguments({ message, place, attributes }: Failed): string | undefined {
  const [, types] = /No function matches the given name and argument types '[^(]+\(([^']*)\)'/.exec(message) ?? [];
  if (types === undefined) return undefined;
  if (types.includes('VARCHAR')) {
    const name = argumentOf(place, attributes, ({ kinds }) => attributeType(kinds) === 'VARCHAR');
    if (name === undefined) return undefined;
    if (/TIMESTAMP|INTERVAL/.test(types) || /^date|_trunc|_part|age/i.test(place.tokens[place.at]?.text ?? '')) {
      return `${name} is a text: cast it, ${name}::timestamptz.`;
    }
    return `${name} is a text: try_cast(${name} as double) is its number, try_cast(${name} as timestamptz) its time.`;
  }
  const name = argumentOf(place, attributes, isNumeric);
  return name === undefined ? undefined : `${name} is a number: cast it to text, ${name}::varchar.`;
}

/** The attribute that is an argument of the operator or function under the caret. */
function argumentOf(
  place: SqlPlace,
  attributes: readonly Attribute[],
  isWanted: (attribute: Attribute) => boolean,
): string | undefined {
  const { tokens, at } = place;
  if (tokens[at + 1]?.text !== '(') return operandOf(place, attributes, isWanted);
  for (let i = at + 2; i < tokens.length && tokens[i]!.text !== ')'; i++) {
    if (!isName(tokens[i]) || tokens[i - 1]?.text === '.') continue;
    const written = nameStartingAt(place, i);
    const attribute = attributeOf(written, attributes);
    if (attribute && isWanted(attribute)) return written;
  }
  return undefined;
}

function percentileWithFilter({ message }: Failed): string | undefined {
  const percent = /Function "p(50|90|95|99)" is a Macro Function/i.exec(message)?.[1];
  if (percent === undefined) return undefined;
  return `p${percent}(x) is short for quantile_cont(x, 0.${Number(percent) % 10 === 0 ? percent[0] : percent}), which takes FILTER: write that.`;
}

function unknownFunction({ message }: Failed): string | undefined {
  const name = /Scalar Function with name (\S+) does not exist/.exec(message)?.[1] ?? '';
  if (name.startsWith('`')) return 'Names stand in double quotes, not in backticks: "http.route".';
  const [, whole = '', more = ''] = /^p(\d\d)(\d*)$/i.exec(name) ?? [];
  if (whole !== '') return `There are p50, p90, p95 and p99; this one is quantile_cont(x, 0.${whole}${more}).`;
  return /^(?:percentile|quantile)/i.test(name)
    ? 'There are p50, p90, p95, p99, and quantile_cont(x, 0.75).'
    : undefined;
}
