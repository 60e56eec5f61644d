import { NUMBERS_BY_KEY, SEVERITIES, SEVERITY_TEXTS, SYSLOG_NUMBERS, type SeverityNumbers } from '../core/severity.js';
import { quoteText } from './text.js';

/** SQL for the severity that a number at a key of LEVEL_KEYS says; undefined for a key that holds texts alone. @param key in lower case. */
export function severityOfNumber(text: string, key: string): string | undefined {
  const table = NUMBERS_BY_KEY[key];
  return table && `case ${text} ${numbers(table)} end`;
}

/** SQL for the severity that a word says; NULL when it says none. */
export function severityOfText(text: string): string {
  // Not `word in (...)`: DuckDB makes a join of a longer list, which also queries that do not read the column would pay.
  const words = SEVERITIES.flatMap(severity =>
    SEVERITY_TEXTS[severity].map(known => `when ${quoteText(known)} then '${severity}'`),
  );
  // The spellings that most programs use are found without changing the text.
  const common = SEVERITIES.map(
    severity => `when '${severity}' then '${severity}' when '${severity.toLowerCase()}' then '${severity}'`,
  );
  return `case ${text} ${common.join(' ')} else case upper(rtrim(trim(${text}), '1234')) ${words.join(' ')} end end`;
}

/** SQL for the severity that a level of GELF (version 1.1) says: a code of syslog. */
export function gelfSeverity(level: string): string {
  return `case ${level} ${numbers(SYSLOG_NUMBERS)} end`;
}

function numbers(table: SeverityNumbers): string {
  return [...table].map(([number, severity]) => `when '${number}' then '${severity}'`).join(' ');
}
