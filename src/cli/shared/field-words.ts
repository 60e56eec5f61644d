import { TelemetryError } from '../../core/errors.js';

/** A field of an event, with its value as JSON. */
export type Field = readonly [name: string, json: string];

/** A field with a string value. */
export function text(name: string, value: string): Field {
  return [name, JSON.stringify(value)];
}

/** Parses `field=text` or `field:=json`. The first word may be a bare name. @throws TelemetryError `usage` */
export function field(word: string, isFirst: boolean): Field {
  const at = word.indexOf('=');
  if (at < 0 && isFirst) return text('name', word);
  const name = word.slice(0, at);
  if (at < 1 || name === ':') {
    throw new TelemetryError('usage', `"${word}" is not field=text or field:=json`, {
      remedy: 'Only the first word can be a bare name; quote a name that has spaces.',
    });
  }
  if (!name.endsWith(':')) return text(name, word.slice(at + 1));
  return [name.slice(0, -1), validJson(word, word.slice(at + 1))];
}

function validJson(word: string, json: string): string {
  try {
    JSON.parse(json);
    return json;
  } catch (cause) {
    throw new TelemetryError('usage', `"${word}": the value after := is not JSON`, {
      remedy: 'Write field=text to send it as a string.',
      cause,
    });
  }
}
