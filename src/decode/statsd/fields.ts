import type { Label } from '../flat-labels.js';

/** What the optional fields of a line say. */
export interface StatsdFields {
  /** `@0.1`; NaN when it is no number. */
  readonly rate: number;
  /** `#name:value,name`; the same tag given twice has the last value. */
  readonly tags: Label[];
}

/** Reads the fields that follow the first two or three of a line. Others of DogStatsD (container, ...) are passed over. */
export function fieldsOf(fields: readonly string[], tagsBefore: readonly Label[] = []): StatsdFields {
  let rate = 1;
  const tags = new Map<string, string>(tagsBefore);
  for (const field of fields) {
    if (field.startsWith('@')) rate = Number(field.slice(1));
    else if (field.startsWith('#')) {
      for (const tag of field.slice(1).split(',')) if (tag !== '') tags.set(...labelOf(tag, ':'));
    }
  }
  return { rate, tags: [...tags] };
}

/** A tag without a value is true. */
export function labelOf(tag: string, separator: string): Label {
  const at = tag.indexOf(separator);
  return at < 0 ? [tag, 'true'] : [tag.slice(0, at), tag.slice(at + 1)];
}
