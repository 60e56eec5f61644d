import { CORE_COLUMNS, type Attribute } from '../../core/attribute.js';
import { documentedNames } from '../../core/documented-attributes.js';
import { quoteName, quoteText } from '../../store/sql/text.js';
import { QUOTED_WORDS } from './keywords.js';
import { isLevelColumn, tableLike } from './meanings.js';
import { notSql, otherDialect } from './not-sql.js';
import { nearNames } from './near-names.js';
import { comparedWith, findName, isCompared, nameStartingAt, placeOf, unquoted, type SqlPlace } from './sql-place.js';
import { isNumber } from './sql-operands.js';
import { TYPE_HINTS, type Failed, type Hint } from './type-hints.js';

/** In order: the first that returns a hint wins. */
const HINTS: readonly Hint[] = [
  dottedName,
  quotedWord,
  unknownColumn,
  unknownTable,
  ...TYPE_HINTS,
  percentileWithFilter,
  unknownFunction,
  otherDialect,
  notSql,
];

/**
 * A hint on how to fix a statement that failed; undefined when DuckDB's message has to suffice.
 * @param views the names of views that a statement can read besides `events` and `streams`.
 */
export function hintFor(
  message: string,
  sql: string,
  attributes: readonly Attribute[],
  views: readonly string[] = [],
): string | undefined {
  const names = [...CORE_COLUMNS, ...attributes.map(({ name }) => name)];
  const failed: Failed = { message, place: placeOf(message, sql), attributes, names, views };
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
  const [, field, outer] = /Cannot extract field '([^']+)' from expression "([^"]+)"/.exec(message) ?? [];
  const first = table ?? inner ?? outer;
  if (first === undefined) return undefined;
  const at = field === undefined ? findName(place, first) : findChain(place, first, field);
  if (at < 0) return undefined;
  const chain = nameStartingAt(place, at)
    .split('.')
    .map(part => unquoted(part.trim()))
    .join('.');
  const same = (name: string): boolean => name.toLowerCase() === chain.toLowerCase();
  const exact = names.find(same) ?? documentedNames().find(same);
  const quoted = (name: string): string => {
    const sql = quoteName(name);
    return `${sql}, in a shell string of double quotes ${sql.replaceAll('"', '\\"')}`;
  };
  if (exact !== undefined) return `A name with dots needs double quotes: ${quoted(exact)}.`;
  const isPlain = inner === undefined || !chain.includes('.');
  const near = nearNames(chain, names).filter(name => isPlain || name.includes('.'));
  if (near.length > 0) return `near attributes: ${near.join(', ')}`;
  if (field !== undefined || !chain.includes('.')) return undefined;
  return `No event has ${quoteName(chain)} yet, and a name with dots needs double quotes. telemetry schema lists the columns.`;
}

/** A key of events that is a word of SQL: the error is at that word or at the one after it. */
function quotedWord({ message, place: { tokens, at }, names }: Failed): string | undefined {
  if (!message.startsWith('Parser Error: syntax error at')) return undefined;
  // DuckDB names no place at the end of a statement.
  for (const token of at < 0 ? tokens.slice(-1) : tokens.slice(Math.max(0, at - 1), at + 1)) {
    const word = token.text.toLowerCase();
    const name = QUOTED_WORDS.has(word) ? names.find(known => known.toLowerCase() === word) : undefined;
    if (name !== undefined) return `${word} is a word of SQL; the attribute needs double quotes: ${quoteName(name)}.`;
  }
  return undefined;
}

/** The first token of `outer.field`; -1 when the statement does not have it. */
function findChain(place: SqlPlace, outer: string, field: string): number {
  const { tokens } = place;
  return tokens.findIndex(
    ({ text }, i) =>
      unquoted(text).toLowerCase() === outer.toLowerCase() &&
      tokens[i + 1]?.text === '.' &&
      unquoted(tokens[i + 2]?.text ?? '').toLowerCase() === field.toLowerCase(),
  );
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
  const operator = /^i?like$/i.exec(tokens[at - 1]?.text ?? '')?.[0] ?? '=';
  return `${column} ${operator} ${quoteText(value)}`;
}

/** The text that was meant from token `at` on: `us-east-1` is five tokens. */
function valueAt({ sql, tokens }: SqlPlace, at: number): string {
  const { text, index } = tokens[at]!;
  if (text.startsWith('"')) return unquoted(text);
  return (/^[^\s,;()'"]+/.exec(sql.slice(index))?.[0] ?? text).replace(/^[“”‘’`]|[“”‘’`]$/g, '');
}

function unknownTable({ message, views }: Failed): string | undefined {
  const [, name, suggestion] =
    /Table with name (\S+) does not exist!(?:\nDid you mean "([^"]*)"\?)?/.exec(message) ?? [];
  if (name === undefined) return undefined;
  const meant = tableLike(unquoted(name));
  if (meant !== undefined) return `Did you mean ${meant}?`;
  const near = nearNames(unquoted(name), views, 0.25);
  if (near.length > 0) return `Did you mean ${near.join(' or ')}?`;
  if (suggestion !== undefined && tableLike(suggestion) === undefined && !OWN_TABLE.test(suggestion)) return undefined;
  return 'The views are events and streams, logs, spans and metrics, and those of `telemetry view list --all`; telemetry schema lists their columns.';
}

const OWN_TABLE = /^(?:pg_|duckdb_|sqlite_|information_schema)/;

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
