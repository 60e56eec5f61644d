import { RESERVED_KEYS } from '../../core/attribute.js';
import { LOG_KEYS } from './log-records.js';
import type { Signal } from './messages.js';
import { METRIC_KEYS } from './metrics.js';
import { OUTER_KEYS } from './resource-and-scope.js';
import { SPAN_KEYS } from './spans.js';

/** Keys that an event's time, type or name would be read from before those that OTLP sends. */
const BEFORE_OURS = [
  'event_time',
  'timestamp',
  '@timestamp',
  'ts',
  'event_timestamp',
  'metric_timestamp',
  'timeUnixNano',
  'time_unix_nano',
  'startTimeUnixNano',
  'event_name',
];

/**
 * Names, in lower case, that an attribute cannot have as they are: the core columns, the members of the signal's events,
 * and the keys that would be read as the event's time or name. `event_id` is the id of a log record, which is stored
 * once; many spans and points may have the same, so that there it is an attribute like any other.
 */
export const TAKEN_KEYS: Readonly<Record<Signal, ReadonlySet<string>>> = {
  traces: takenBy(SPAN_KEYS, ['event_id']),
  logs: takenBy(LOG_KEYS, []),
  metrics: takenBy(METRIC_KEYS, ['event_id', 'name', 'event', 'eventName']),
};

function takenBy(...keys: readonly (readonly string[])[]): ReadonlySet<string> {
  return new Set([...RESERVED_KEYS, ...BEFORE_OURS, ...OUTER_KEYS, ...keys.flat()].map(key => key.toLowerCase()));
}
