import { LEVEL_KEYS, MESSAGE_KEYS, NAME_KEYS, TIME_KEYS, TYPE_KEYS } from '../core/vocabulary.js';
import { fieldsOf } from './fields.js';

/** The columns that {@link summarize} takes, in this order. */
export const SUMMARY_COLUMNS = ['time', 'received_at', 'type', 'name', 'payload'] as const;

/** An event for a person to read: what matters picked out, the rest as fields. */
export interface Summary {
  readonly time: string;
  readonly type: string;
  readonly level: string | null;
  readonly name: string | null;
  readonly message: string | null;
  readonly fields: readonly (readonly [key: string, value: string])[];
}

/** Picks out of an event what is shown in places of its own; the fields are those that are not shown there. */
export function summarize([time, receivedAt, type, name, payload]: readonly (string | null)[]): Summary {
  const fields = fieldsOf(payload ?? 'null');
  const byKey = new Map(fields.map(field => [field[0].toLowerCase(), field]));
  const first = (keys: readonly string[], value?: string | null): [string, string] | undefined => {
    for (const key of keys) {
      const field = byKey.get(key.toLowerCase());
      if (field && (value === undefined || field[1] === value)) return field;
    }
    return undefined;
  };
  const level = first(LEVEL_KEYS);
  const message = byKey.get('') ?? first(MESSAGE_KEYS);
  // A time that is not the event's own says nothing of the keys that look like one.
  const ownTime = time === receivedAt ? undefined : first(TIME_KEYS);
  const shown = new Set([level, message, ownTime, first(TYPE_KEYS, type), first(NAME_KEYS, name)]);
  return {
    time: time ?? '',
    type: type ?? '',
    level: level?.[1] ?? null,
    name: name ?? null,
    message: message?.[1] ?? null,
    fields: fields.filter(field => !shown.has(field)),
  };
}
