import { messageOf, TelemetryError } from '../../../core/errors.js';
import { field, text, type Field } from '../../shared/field-words.js';

/**
 * One event, as JSON, from words such as `login user=7 ok:=true`: the first without `=` is its name, `field=text` a
 * string, `field:=json` the JSON as it was written, so that no digit of a number is lost.
 * @throws TelemetryError `usage` for a word that is none of these, a field given twice, or JSON that is not.
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
 * Arguments that are JSON objects, as they were written, a line each; undefined when the first is no JSON object.
 * @throws TelemetryError `usage` when one of several is none, or begins as one and is not JSON.
 */
export function eventsFromJson(words: readonly string[]): string | undefined {
  if (!/^\s*\{/.test(words[0] ?? '')) return undefined;
  for (const word of words) {
    if (!/^\s*\{/.test(word)) {
      throw new TelemetryError('usage', `"${word}" is not a JSON object, as the first argument is`, {
        remedy: 'Put a whole event into one pair of single quotes.',
      });
    }
    try {
      JSON.parse(word);
    } catch (cause) {
      throw new TelemetryError('usage', `${word} is not JSON: ${messageOf(cause)}`, {
        remedy: `Write it like telemetry send '{"type":"log","msg":"hi"}', in single quotes.`,
        cause,
      });
    }
  }
  return words.map(word => `${word}\n`).join('');
}
