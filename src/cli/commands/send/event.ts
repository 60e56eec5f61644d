import { messageOf, TelemetryError } from '../../../core/errors.js';
import { jsonStream } from '../../../formats/json/stream.js';
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

const OBJECT_OR_ARRAY = /^\s*(?:\{|\[\s*(?:[[{"\]\d-]|true|false|null))/;

/**
 * Returns the events of arguments that are JSON objects or arrays verbatim, one per line; of an array, each element.
 * Undefined when the first argument is neither.
 * @throws TelemetryError `usage` when another argument is neither, or one is not valid JSON.
 */
export function eventsFromJson(words: readonly string[]): string | undefined {
  if (!isJson(words[0] ?? '')) return undefined;
  for (const word of words) {
    if (!isJson(word)) {
      throw new TelemetryError('usage', `"${word}" is not a JSON object or array, but the first argument is`, {
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
  return words.map(elements).join('');
}

/** True for an object, and for an array rather than a name such as `[worker]`. */
function isJson(word: string): boolean {
  return OBJECT_OR_ARRAY.test(word);
}

/** The value, or each element of an array, each on a line, as `POST /` takes an array. */
function elements(json: string): string {
  const lines: string[] = [];
  const stream = jsonStream(
    (bytes, start, end) => void lines.push(`${Buffer.from(bytes.subarray(start, end)).toString()}\n`),
    { maxEventBytes: Infinity, elements: true },
  );
  void stream.write(Buffer.from(json));
  void stream.end();
  return lines.join('');
}
