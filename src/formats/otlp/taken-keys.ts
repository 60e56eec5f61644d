import { RESERVED_KEYS } from '../../core/attribute.js';
import { LOG_KEYS } from './log-records.js';
import type { Signal } from './messages.js';
import { METRIC_KEYS } from './metrics.js';
import { OUTER_KEYS } from './resource-and-scope.js';
import { SPAN_KEYS } from './spans.js';

/** Keys with precedence over those of OTLP for an event's time, type or name. */
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
 * Lower-case names that an attribute cannot have unprefixed: the core columns, the members of the signal's events, and
 * keys that would be read as the event's time or name. `event_id` identifies a log record, which is stored once;
 * several spans or points may share one, so it is an ordinary attribute there.
 */
export const TAKEN_KEYS: Readonly<Record<Signal, ReadonlySet<string>>> = {
  traces: takenBy(SPAN_KEYS, ['event_id']),
  logs: takenBy(LOG_KEYS, []),
  metrics: takenBy(METRIC_KEYS, ['event_id', 'name', 'event', 'eventName']),
};

function takenBy(...keys: readonly (readonly string[])[]): ReadonlySet<string> {
  return new Set([...RESERVED_KEYS, ...BEFORE_OURS, ...OUTER_KEYS, ...keys.flat()].map(key => key.toLowerCase()));
}
