import type { Attribute } from '../../core/attribute.js';
import { quoteName, quoteText } from '../../store/sql/text.js';
import { isLevelColumn } from './meanings.js';
import { argumentOf, isNumber, operandOf } from './sql-operands.js';
import { comparedWith, nameStartingAt, unquoted, type SqlPlace } from './sql-place.js';

/** An error of DuckDB, and the statement that failed with it. */
export interface Failed {
  readonly message: string;
  readonly place: SqlPlace;
  readonly attributes: readonly Attribute[];
  /** All columns of events. */
  readonly names: readonly string[];
  /** The names of further views, built-in and stored. */
  readonly views: readonly string[];
}

/** Returns a hint on how to fix a statement; undefined for an error of another kind. */
export type Hint = (failed: Failed) => string | undefined;

/** Hints for values of the wrong type, in order: the first that returns one wins. */
export const TYPE_HINTS: readonly Hint[] = [
  notConvertible,
  textAndTime,
  numberAndTime,
  textAndNumber,
  fieldOfJson,
  notATime,
  wrongArguments,
];

/** A number compared with a text: the column is a number for every event so far, or a text cannot be cast to one. */
function notConvertible({ message, place, attributes }: Failed): string | undefined {
  const [, value, type = '', source] =
    /Could not convert string '((?:[^']|'')*)' to (\w+)(?: when casting from source column (\S+))?/.exec(message) ?? [];
  if (value === undefined) return undefined;
  const literal = place.tokens[place.at]?.text ?? '';
  const column = place.at < 0 ? undefined : comparedWith(place, place.at);
  if (column !== undefined && isNumber(column, attributes)) return textBesideNumber(column, literal, value);
  if (isLevelColumn(column ?? source ?? '')) return severityInstead(column ?? source!);
  return `Not every value of ${source ?? 'the text'} is a number: try_cast(${source ?? '...'} as ${SQL_TYPE[type] ?? 'double'}) is NULL for the others.`;
}

/** The remedy for a comparison of a column with text levels to a number. */
function severityInstead(name: string): string {
  if (/\bseverity"?$/i.test(name))
    return `${name} is a text: compare it with texts, such as ${name} in ('ERROR', 'FATAL').`;
  return `${name} is a text for some events: compare severity, such as severity in ('ERROR', 'FATAL'), which is the same for every sender. try_cast(${name} as double) is its number, NULL for texts.`;
}

/** A text compared with a number, where DuckDB refuses to cast. */
function textAndNumber({ message, place, attributes }: Failed): string | undefined {
  if (!/Cannot (?:compare|mix) values of type/.test(message) || !message.includes('VARCHAR')) return undefined;
  if (!/\b(?:INTEGER|INTEGER_LITERAL|BIGINT|HUGEINT|DOUBLE|DECIMAL)\b/.test(message)) return undefined;
  const name = operandOf(place, attributes, 'text');
  if (name === undefined) return undefined;
  if (isLevelColumn(name)) return severityInstead(name);
  return `${name} is a text: try_cast(${name} as double) is its number, NULL for other texts.`;
}

/** `payload.level = 'warn'`: a field of JSON is JSON, which a text has to be as well to be compared with it. */
function fieldOfJson({ message, place }: Failed): string | undefined {
  if (!message.includes('Malformed JSON')) return undefined;
  const at = place.tokens.findIndex(({ text }, i) => /^"?payload"?$/i.test(text) && place.tokens[i + 1]?.text === '.');
  if (at < 0) return undefined;
  const written = nameStartingAt(place, at);
  const [, ...keys] = written.split('.').map(part => unquoted(part.trim()));
  const path = keys
    .map(quoteText)
    .join(' -> ')
    .replace(/ -> (?=[^>]*$)/, ' ->> ');
  const arrow = keys.length === 1 ? '->>' : '->';
  return `${written} is JSON: payload ${arrow} ${path} is its text, and ${quoteName(keys.join('.'))} is the column.`;
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

/** A timestamp compared with an ISO text. */
function textAndTime({ message, place, attributes }: Failed): string | undefined {
  if (!/Cannot (?:compare|mix) values of type .*VARCHAR.*(?:TIMESTAMP|DATE)|TIMESTAMP.*VARCHAR/.test(message))
    return undefined;
  const name = operandOf(place, attributes, 'text') ?? 'it';
  return `${name === 'it' ? 'The text' : name} is a text: compare ${name}::timestamptz.`;
}

function numberAndTime({ message, place, attributes }: Failed): string | undefined {
  if (!/Cannot (?:compare|mix) values of type/.test(message) || !/TIMESTAMP|DATE/.test(message)) return undefined;
  const name = operandOf(place, attributes, 'number');
  if (name === undefined) return undefined;
  const per = /nano|_ns/i.test(name) ? '1e9' : /micro|_us/i.test(name) ? '1e6' : '1e3';
  return `${name} is a number: to_timestamp(${name} / ${per}) is its time, and the column time that of the event.`;
}

function notATime({ message }: Failed): string | undefined {
  if (!/invalid (?:timestamp|date|time) field format/.test(message)) return undefined;
  return `Write a time like '2026-11-28 12:30', or now() - interval 1 hour; --since 1h bounds the whole query.`;
}

/** Macros: DuckDB's errors point at the function inside, which the statement does not have. */
const PERCENTILE = /^p\d\d$/i;

/** A function that takes no text, or only text. */
function wrongArguments({ message, place, attributes }: Failed): string | undefined {
  const [, types] = /No function matches the given name and argument types '[^(]+\(([^']*)\)'/.exec(message) ?? [];
  if (types === undefined) return undefined;
  const called = place.at >= 0 ? place : { ...place, at: place.tokens.findIndex(({ text }) => PERCENTILE.test(text)) };
  if (types.includes('VARCHAR')) {
    const name = argumentOf(called, attributes, 'text');
    if (name === undefined) return undefined;
    if (/TIMESTAMP|INTERVAL/.test(types) || /^date|_trunc|_part|age/i.test(place.tokens[place.at]?.text ?? '')) {
      return `${name} is a text: cast it, ${name}::timestamptz.`;
    }
    return `${name} is a text: try_cast(${name} as double) is its number, try_cast(${name} as timestamptz) its time.`;
  }
  const name = argumentOf(called, attributes, 'number');
  return name === undefined ? undefined : `${name} is a number: cast it to text, ${name}::varchar.`;
}
