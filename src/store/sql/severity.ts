import {
  NUMBERS_BY_KEY,
  SEVERITIES,
  SEVERITY_TEXTS,
  SEVERITY_WORD,
  SLOG_LEVEL,
  SLOG_NAMES,
  SYSLOG_NUMBERS,
  type Severity,
} from '../../core/severity.js';
import type { Candidate } from './candidates.js';
import { firstOf, quoteText } from './text.js';

/** SQL for the severities of an event's levels, in order: numbers first. @param levels found by LEVEL_KEYS. */
export function severitiesOf(levels: readonly Candidate[], texts: readonly string[]): string[] {
  return [
    ...levels.flatMap(({ name }, i) => severityOfNumber(texts[i]!, name) ?? []),
    ...firstOf(texts, severityOfText),
  ];
}

/**
 * SQL for the severity of a number at a key of LEVEL_KEYS; undefined for a key that only holds texts.
 * @param key in lower case.
 */
function severityOfNumber(text: string, key: string): string | undefined {
  const table = NUMBERS_BY_KEY[key];
  return table && lookup(text, [...table]);
}

/** SQL for the severity of a word; NULL for any other word. */
export function severityOfText(text: string): string {
  const words = SEVERITIES.flatMap(severity => SEVERITY_TEXTS[severity].map(known => [known, severity] as const));
  // The spellings that most programs use are found without changing the text.
  const common = SEVERITIES.flatMap(severity =>
    [severity, severity.toLowerCase()].map(spelling => [spelling, severity] as const),
  );
  const upper = `upper(trim(${text}))`;
  const word = `regexp_extract(${upper}, ${quoteText(SEVERITY_WORD)}, 1)`;
  return `coalesce(${lookup(text, common)}, ${lookup(word, words)}, ${slogSeverity(upper)})`;
}

function slogSeverity(upper: string): string {
  const part = (group: number): string => `regexp_extract(${upper}, ${quoteText(SLOG_LEVEL)}, ${group})`;
  const list = (names: readonly Severity[]): string => `string_split('${names.join(',')}', ',')`;
  const level = `4 * list_position(${list(SLOG_NAMES)}, ${part(1)}) + ${part(2)}::INTEGER`;
  return `case when regexp_full_match(${upper}, ${quoteText(SLOG_LEVEL)})
    then ${list(SEVERITIES)}[least(greatest((${level}) // 4, 0), 5) + 1] end`;
}

/** SQL for the severity of a level of GELF (version 1.1), which is a syslog code. */
export function gelfSeverity(level: string): string {
  return lookup(level, [...SYSLOG_NUMBERS]);
}

/**
 * SQL that looks up a text in a table; NULL for a text that it lacks. A CASE with as many branches takes DuckDB
 * milliseconds to bind, and `in (...)` becomes a join, which also slows queries that do not read the column.
 * @param table texts without commas, each with its value.
 */
function lookup(text: string, table: readonly (readonly [text: string | number, severity: string])[]): string {
  const list = (at: 0 | 1): string => `string_split(${quoteText(table.map(row => String(row[at])).join(','))}, ',')`;
  return `${list(1)}[list_position(${list(0)}, ${text})]`;
}
