import { TelemetryError } from './errors.js';
import { listItem, nameOf } from './name-list.js';
import { EVENT_TYPE } from './vocabulary.js';

/** Words for the types of OpenTelemetry's signals, in lower case. */
const TYPE_WORDS: Readonly<Record<string, string>> = {
  logs: EVENT_TYPE.log,
  span: EVENT_TYPE.trace,
  spans: EVENT_TYPE.trace,
  traces: EVENT_TYPE.trace,
  metrics: EVENT_TYPE.metric,
  events: EVENT_TYPE.event,
};

/** The types that a word for a type means: the word itself, which events may have as their type, and what it is a word for. */
export function typesMeant(word: string): readonly string[] {
  const lower = word.toLowerCase();
  return Object.hasOwn(TYPE_WORDS, lower) ? [word, TYPE_WORDS[lower]!] : [word];
}

/**
 * The type that an item of a list of types names. A word for another type has to be in double quotes, since events that
 * are named so are removed or not stored.
 * @throws TelemetryError `usage` for such a word without quotes.
 */
export function typeNamed(item: string): string {
  const type = nameOf(item);
  const [word, meant] = typesMeant(item.trim());
  if (meant === undefined) return type;
  throw new TelemetryError('usage', `"${word}" is not a type of event: the type is ${meant}`, {
    remedy: `Write ${meant}; where events do have the type "${word}", write it in double quotes, as in '"${word}"'.`,
  });
}

/** A type as an item of a list that {@link typeNamed} reads. */
export function typeItem(type: string): string {
  return typesMeant(type).length > 1 ? `"${type}"` : listItem(type);
}
