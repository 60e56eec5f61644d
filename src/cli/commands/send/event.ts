import { messageOf, TelemetryError } from '../../../core/errors.js';
import { field, text, type Field } from '../../shared/field-words.js';

/**
 * Builds an event as JSON from words such as `login user=7 ok:=true`. The first word without `=` is the name,
 * `field=text` is a string, `field:=json` is copied verbatim, so that numbers keep all digits.
 * @throws TelemetryError `usage` for any other word, a repeated field or invalid JSON.
 */
export function eventFromWords(words: readonly string[], id: string): string {
  const given = words.map((word, index) => field(word, index === 0));
  const isNamed = words[0] !== undefined && !words[0].includes('=');
  const hasType = given.some(([name]) => name === 'type');
  const fields: Field[] = [...(isNamed && !hasType ? [text('type', 'event')] : []), ...given];
  if (!given.some(([name]) => name === 'event_id')) fields.unshift(text('event_id', id));
  const seen = new Set<string>();
  for (const [name] of fields) {
    if (seen.has(name)) throw new TelemetryError('usage', `the field "${name}" was given twice`);
    seen.add(name);
  }
  return `{${fields.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`;
}

/**
 * Returns arguments that are JSON objects verbatim, one per line; undefined when the first is not an object.
 * @throws TelemetryError `usage` when another argument is not an object, or an object is not valid JSON.
 */
export function eventsFromJson(words: readonly string[]): string | undefined {
  if (!/^\s*\{/.test(words[0] ?? '')) return undefined;
  for (const word of words) {
    if (!/^\s*\{/.test(word)) {
      throw new TelemetryError('usage', `"${word}" is not a JSON object, but the first argument is`, {
        remedy: 'Put each event in single quotes.',
      });
    }
    try {
      JSON.parse(word);
    } catch (cause) {
      throw new TelemetryError('usage', `${word} is not JSON: ${messageOf(cause)}`, {
        remedy: `Write it like telemetry send '{"type":"log","msg":"hi"}', with single quotes.`,
        cause,
      });
    }
  }
  return words.map(word => `${word}\n`).join('');
}
