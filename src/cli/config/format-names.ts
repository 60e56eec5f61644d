import { TelemetryError } from '../../core/errors.js';

/** The row formats, the same for every command. */
export const ROW_FORMATS = ['table', 'json', 'ndjson', 'csv', 'tsv', 'markdown', 'line'] as const;

export type RowFormat = (typeof ROW_FORMATS)[number];

/** Aliases of formats, in lower case. */
const SYNONYMS: Readonly<Record<string, string>> = {
  jsonl: 'ndjson',
  jsonlines: 'ndjson',
  md: 'markdown',
  vertical: 'line',
};

/** Formats that are interchangeable for a command that has only one of them: those for people, and those of JSON. */
const EQUIVALENTS: readonly (readonly string[])[] = [
  ['table', 'text', 'pretty'],
  ['json', 'ndjson'],
];

/** The choice that a name means, in any case and by its aliases; undefined without a match. */
export function formatNamed<T extends string>(text: string, choices: readonly T[]): T | undefined {
  const lower = text.toLowerCase();
  const name = SYNONYMS[lower] ?? lower;
  const same = EQUIVALENTS.find(names => names.includes(name)) ?? [];
  return choices.find(choice => choice === name) ?? choices.find(choice => same.includes(choice));
}

/** Parses the name of a row format. @throws TelemetryError `usage` */
export function format(text: string): RowFormat {
  const found = formatNamed(text, ROW_FORMATS);
  if (found !== undefined) return found;
  const list = ROW_FORMATS.join(', ');
  throw new TelemetryError('usage', `"${text}" is not one of ${list}`, { remedy: `Choose one of ${list}.` });
}
