import { TelemetryError } from '../../../core/errors.js';
import { quoteText } from '../../../store/sql/text.js';
import type { Condition } from '../../../consumers/tail/selection.js';
import { SEVERITIES } from '../../../core/severity.js';
import { typesMeant } from '../../../core/type-words.js';
import { severitiesFrom, severityNamed } from '../../../core/severity-of.js';

/** The selection options of a tail, as given. */
export interface Picks {
  readonly types: readonly string[];
  readonly services: readonly string[];
  readonly level: string | undefined;
  /** A regular expression. */
  readonly grep: string | undefined;
}

/**
 * Translates the options to SQL over the columns of events.
 * @throws TelemetryError `usage` for an unknown level.
 */
export function conditionsOf({ types, services, level, grep }: Picks): Condition[] {
  const wanted = types.flatMap(typesMeant);
  return [
    ...(types.length === 0 ? [] : [{ option: '--type', sql: `"type" in (${listOf(wanted)})` }]),
    ...(services.length === 0 ? [] : [{ option: '--service', sql: `service in (${listOf(services)})` }]),
    ...(level === undefined
      ? []
      : [{ option: '--level', sql: `severity in (${listOf(severitiesFrom(levelOf(level)))})` }]),
    ...(grep === undefined ? [] : [{ option: '--grep', sql: grepSql(grep), pattern: grep }]),
  ];
}

function levelOf(text: string): (typeof SEVERITIES)[number] {
  const severity = severityNamed(text);
  if (severity !== undefined) return severity;
  throw new TelemetryError('usage', `--level: "${text}" is not a level`, {
    remedy: `Write one of ${SEVERITIES.join(', ').toLowerCase()}; the tail shows events of that level or worse.`,
  });
}

/**
 * Searches the payload as sent, and the message, in which quotes and line breaks are not escaped. Ignores case unless the
 * pattern has a capital letter.
 */
function grepSql(pattern: string): string {
  const test = (text: string): string =>
    `regexp_matches(${text}, ${quoteText(pattern)}, '${ignoresCase(pattern) ? 'i' : 'c'}')`;
  return `(${test('payload::varchar')} or coalesce(${test('message::varchar')}, false))`;
}

/** True for a pattern without a capital letter, apart from those of classes such as `\\S`. */
export function ignoresCase(pattern: string): boolean {
  return !/\p{Lu}/u.test(pattern.replace(/\\./g, ''));
}

function listOf(texts: readonly string[]): string {
  return [...new Set(texts)].map(quoteText).join(', ');
}
