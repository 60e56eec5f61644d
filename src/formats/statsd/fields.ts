import type { Label } from '../text/flat-labels.js';

/** The optional fields of a line in DogStatsD: letters or a sign, then a value. */
export interface StatsdFields {
  /**
   * `#name:value,name`, and the sender's container (`c:ID`) as `container_id`. The last value of a repeated tag counts.
   */
  readonly tags: readonly Label[];
  /** `T1656581400`, in milliseconds since 1970; NaN when it is not a time. */
  readonly time: number | undefined;
  /** True when a field is specific to DogStatsD: its clients send them, those of statsd do not. */
  readonly isDogstatsd: boolean;
}

/** Fields with letters: container, external data, cardinality. The last two concern only Datadog's agent. */
const LETTERS = /^(?:c|e|card):/;

const CONTAINER = /^c:(?:ci-)?(.+)$/;

/** Seconds, limited to valid dates (ECMA-262, section 21.4.1.1). */
const TIMESTAMP = /^T(\d{1,12})$/;

/** Reads the fields of a line, except its rate. Skips unknown ones. @param tagsBefore those of its name */
export function fieldsOf(fields: readonly string[], tagsBefore: readonly Label[] = []): StatsdFields {
  if (fields.length === 0) return { tags: tagsBefore, time: undefined, isDogstatsd: false };
  const tags = new Map<string, string>(tagsBefore);
  let container: string | undefined;
  let time: number | undefined;
  let isDogstatsd = false;
  for (const field of fields) {
    if (field.startsWith('#')) {
      for (const tag of field.slice(1).split(',')) if (tag !== '') tags.set(...labelOf(tag, ':'));
    } else if (field.startsWith('T')) time = Number(TIMESTAMP.exec(field)?.[1] ?? NaN) * 1000 || NaN;
    else if (LETTERS.test(field)) container = CONTAINER.exec(field)?.[1] ?? container;
    else continue;
    isDogstatsd = true;
  }
  if (container !== undefined && !tags.has('container_id')) tags.set('container_id', container);
  return { tags: [...tags], time, isDogstatsd };
}

/** Parses a tag; one without a value is true. */
export function labelOf(tag: string, separator: string): Label {
  const at = tag.indexOf(separator);
  return at < 0 ? [tag, 'true'] : [tag.slice(0, at), tag.slice(at + 1)];
}
