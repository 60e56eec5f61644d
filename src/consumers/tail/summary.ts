import { elapsedText } from '../../core/duration.js';
import {
  DURATION_KEYS,
  EVENT_TEXT_KEYS,
  LEVEL_KEYS,
  MESSAGE_KEYS,
  MONGODB,
  NAME_KEYS,
  SERVICE_KEYS,
  START_END_KEYS,
  TIME_KEYS,
  TYPE_KEYS,
} from '../../core/vocabulary.js';
import { fieldsOf } from './fields.js';
import { STATUS_KEYS, UNIT_KEYS, VALUE_KEYS } from './keys.js';
import { severityIn } from '../../core/severity-of.js';

/** The columns that {@link summarize} takes, in this order. */
export const SUMMARY_COLUMNS = ['time', 'received_at', 'type', 'name', 'payload'] as const;

type Field = readonly [key: string, value: string];

/** An event for a person to read: what matters picked out, the rest as fields. */
export interface Summary {
  readonly time: string;
  readonly type: string;
  /** The severity; a level that is not known as one is shown as it was sent. */
  readonly level: string | null;
  readonly name: string | null;
  readonly message: string | null;
  readonly service: string | undefined;
  /** True for a span, which is shown by its service, name, duration and status. */
  readonly isSpan: boolean | undefined;
  /** Of a span, as a person reads it: `12.3ms`. */
  readonly duration: string | undefined;
  /** Of a span. */
  readonly status: string | undefined;
  /** Of a metric, with its unit. */
  readonly value: string | undefined;
  readonly fields: readonly Field[];
}

/** The fields of an event, found by their keys in any case; one that was taken is not among the rest. */
class Fields {
  readonly #fields: readonly Field[];
  readonly #byKey: ReadonlyMap<string, Field>;
  readonly #taken = new Set<Field>();

  constructor(fields: readonly Field[]) {
    this.#fields = fields;
    this.#byKey = new Map(fields.map(field => [field[0].toLowerCase(), field]));
  }

  /** The first of some keys that the event has, not empty if possible. With `value`, the first that has this value. */
  find(keys: readonly string[], value?: string | null): Field | undefined {
    const found = keys
      .map(key => this.#byKey.get(key.toLowerCase()))
      .filter(field => field && (value === undefined || field[1] === value) && field[1] !== 'null');
    return found.find(field => field?.[1] !== '') ?? found[0];
  }

  take(field: Field | undefined): string | undefined {
    if (field) this.#taken.add(field);
    return field?.[1];
  }

  rest(): readonly Field[] {
    return this.#fields.filter(field => !this.#taken.has(field));
  }
}

/** Summarizes an event for one line; `fields` are the keys that the other members do not show. */
export function summarize([time, receivedAt, type, name, payload]: readonly (string | null)[]): Summary {
  const fields = new Fields(fieldsOf(payload ?? 'null'));
  const isSpan = type === 'trace' || type === 'span';
  const isMetric = type === 'metric';
  const message = fields.take(fields.find(['']) ?? messageIn(fields));
  // A time that is not the event's own says nothing of the keys that look like one.
  if (time !== receivedAt) fields.take(fields.find([...TIME_KEYS, MONGODB.time]));
  fields.take(fields.find(TYPE_KEYS, type));
  fields.take(fields.find(NAME_KEYS, name));
  const level = takeSeverity(fields);
  return {
    time: time ?? '',
    type: type ?? '',
    level: level ?? null,
    name: name ?? null,
    message: message ?? null,
    service: fields.take(fields.find(SERVICE_KEYS)),
    isSpan: isSpan || undefined,
    duration: isSpan ? takeDuration(fields) : undefined,
    status: isSpan ? fields.take(fields.find(STATUS_KEYS)) : undefined,
    value: isMetric ? takeValue(fields) : undefined,
    fields: fields.rest(),
  };
}

function messageIn(fields: Fields): Field | undefined {
  const found = fields.find(MESSAGE_KEYS);
  if (found && found[1] !== '') return found;
  const hasSeverity = LEVEL_KEYS.some(key => severityIn(key, fields.find([key])?.[1] ?? '') !== undefined);
  return (hasSeverity ? fields.find(EVENT_TEXT_KEYS) : undefined) ?? found;
}

/** The severity by the first key that tells one, which takes the other keys that say the same. */
function takeSeverity(fields: Fields): string | undefined {
  for (const key of LEVEL_KEYS) {
    const field = fields.find([key]);
    const severity = field && severityIn(...field);
    if (severity === undefined) continue;
    for (const other of LEVEL_KEYS) {
      const same = fields.find([other]);
      if (same && severityIn(...same) === severity) fields.take(same);
    }
    return severity;
  }
  const mongodb = fields.find([MONGODB.time]) && fields.find([MONGODB.severity]);
  const mongodbSeverity = mongodb && severityIn(...mongodb);
  if (mongodbSeverity !== undefined) {
    fields.take(mongodb);
    return mongodbSeverity;
  }
  const level = fields.find(LEVEL_KEYS);
  return level && Number.isNaN(Number(level[1])) ? fields.take(level) : undefined;
}

/** The duration by a key of a known unit, else by start and end; the keys that say the same are taken with it. */
function takeDuration(fields: Fields): string | undefined {
  const bounds = START_END_KEYS.map(([start, end]) => [fields.find([start]), fields.find([end])] as const);
  const known = DURATION_KEYS.map(([key, factor]) => [fields.find([key]), factor] as const).find(([field]) => field);
  const both = bounds.find(([start, end]) => start && end);
  const ms = known?.[0] ? Number(known[0][1]) * known[1] : both ? between(both[0]![1], both[1]![1]) : NaN;
  if (!Number.isFinite(ms)) return undefined;
  for (const [key] of DURATION_KEYS) fields.take(fields.find([key]));
  for (const bound of bounds.flat()) fields.take(bound);
  return elapsedText(ms);
}

/** Milliseconds between two points in time, given as nanoseconds since 1970 or as texts. */
function between(start: string, end: string): number {
  if (/^\d{16,}$/.test(start) && /^\d{16,}$/.test(end)) return Number(BigInt(end) - BigInt(start)) / 1e6;
  return Date.parse(end) - Date.parse(start);
}

/** The value of a metric with its unit. OpenTelemetry writes `1` for a value without a unit. */
function takeValue(fields: Fields): string | undefined {
  const value = fields.find(VALUE_KEYS);
  if (!value) return undefined;
  const unit = fields.take(fields.find(UNIT_KEYS));
  return `${fields.take(value)!}${unit === undefined || unit === '' || unit === '1' ? '' : ` ${unit}`}`;
}
