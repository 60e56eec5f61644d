import { TelemetryError } from '../../../core/errors.js';
import { quoteText } from '../../../store/sql/text.js';
import type { Condition } from '../../../consumers/tail/selection.js';
import { SEVERITIES } from '../../../core/severity.js';
import { severitiesFrom, severityNamed } from '../../../consumers/tail/severity.js';

/** What the options of a tail pick out, as they were given. */
export interface Picks {
  readonly types: readonly string[];
  readonly services: readonly string[];
  readonly level: string | undefined;
  /** A regular expression. */
  readonly grep: string | undefined;
}

/** Words for the types of OpenTelemetry's signals: an event may also have the word itself as its type. */
const TYPE_WORDS: Readonly<Record<string, string>> = {
  logs: 'log',
  span: 'trace',
  spans: 'trace',
  traces: 'trace',
  metrics: 'metric',
  events: 'event',
};

/**
 * The options as SQL over the columns of events.
 * @throws TelemetryError `usage` for a level that is none.
 */
export function conditionsOf({ types, services, level, grep }: Picks): Condition[] {
  const wanted = types.flatMap(type => [type, TYPE_WORDS[type.toLowerCase()] ?? []].flat());
  return [
    ...(types.length === 0 ? [] : [{ option: '--type', sql: `"type" in (${listOf(wanted)})` }]),
    ...(services.length === 0 ? [] : [{ option: '--service', sql: `service in (${listOf(services)})` }]),
    ...(level === undefined
      ? []
      : [{ option: '--level', sql: `severity in (${listOf(severitiesFrom(levelOf(level)))})` }]),
    ...(grep === undefined ? [] : [{ option: '--grep', sql: grepSql(grep) }]),
  ];
}

function levelOf(text: string): (typeof SEVERITIES)[number] {
  const severity = severityNamed(text);
  if (severity !== undefined) return severity;
  throw new TelemetryError('usage', `--level: "${text}" is not a level`, {
    remedy: `Write one of ${SEVERITIES.join(', ').toLowerCase()}: events of it and worse are shown.`,
  });
}

/**
 * Looks in the payload as it was sent, and in the message, where a quote or a line break is not escaped. A pattern
 * without a capital letter is found in any case.
 */
function grepSql(pattern: string): string {
  const test = (text: string): string =>
    `regexp_matches(${text}, ${quoteText(pattern)}, '${/\p{Lu}/u.test(pattern.replace(/\\./g, '')) ? 'c' : 'i'}')`;
  return `(${test('payload::varchar')} or coalesce(${test('message::varchar')}, false))`;
}

function listOf(texts: readonly string[]): string {
  return [...new Set(texts)].map(quoteText).join(', ');
}
