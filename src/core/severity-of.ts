import {
  NUMBERS_BY_KEY,
  SEVERITIES,
  SEVERITY_TEXTS,
  SEVERITY_WORD,
  SLOG_LEVEL,
  SLOG_NAMES,
  type Severity,
} from './severity.js';

const BY_TEXT: ReadonlyMap<string, Severity> = new Map(
  SEVERITIES.flatMap(severity => SEVERITY_TEXTS[severity].map(text => [text, severity] as const)),
);

const WORD = new RegExp(SEVERITY_WORD);
const SLOG = new RegExp(SLOG_LEVEL);

/** The severity that a text names, in any case; undefined for any other text. */
export function severityNamed(text: string): Severity | undefined {
  const upper = text.trim().toUpperCase();
  return BY_TEXT.get(WORD.exec(upper)?.[1] ?? '') ?? slogSeverity(upper);
}

function slogSeverity(upper: string): Severity | undefined {
  const [, name, offset] = SLOG.exec(upper) ?? [];
  if (name === undefined) return undefined;
  const range = Math.floor(SLOG_NAMES.findIndex(known => known === name) + 1 + Number(offset) / 4);
  return SEVERITIES[Math.min(Math.max(range, 0), SEVERITIES.length - 1)];
}

/** The severity in a field of an event; undefined for a text that names none and a number outside of its key's table. */
export function severityIn(key: string, value: string): Severity | undefined {
  if (value !== '' && Number.isFinite(Number(value))) return NUMBERS_BY_KEY[key.toLowerCase()]?.get(Number(value));
  return severityNamed(value);
}

/** The severity and those that are worse. */
export function severitiesFrom(least: Severity): readonly Severity[] {
  return SEVERITIES.slice(SEVERITIES.indexOf(least));
}
