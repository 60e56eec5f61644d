import { RESERVED_KEYS } from '../../core/attribute.js';

/** A label or tag: its name and its value. */
export type Label = readonly [name: string, value: string];

/**
 * Lower-case names that a metric label cannot have as a key: members of the event, and keys that would be read as its
 * id, time or name.
 */
const TAKEN: ReadonlySet<string> = new Set([
  ...RESERVED_KEYS,
  'metric_name',
  'metric_type',
  'metric_value',
  'metric_value_text',
  'rate',
  'unit',
  'help',
  'count',
  'sum',
  'min',
  'max',
  'mean',
  'buckets',
  'quantiles',
  'percentile_50',
  'percentile_90',
  'percentile_95',
  'percentile_99',
  'exemplars',
  'created',
  'event_id',
  'event_time',
  'event_name',
  'event',
  'eventname',
]);

/** The prefix for a taken name, as in Prometheus (`honor_labels: false`). */
const MOVED = 'exported_';

/**
 * Labels as members of an event, each with a leading comma. A label without a value is absent, as in Prometheus. A name
 * that is taken, by the event itself or by `others`, gets the prefix `exported_`, repeatedly if needed.
 * @param others lower-case names of further members of the event.
 */
export function flatLabels(labels: readonly Label[], others: ReadonlySet<string> = NONE): string {
  let json = '';
  const given = new Set(labels.map(([name]) => name.toLowerCase()));
  for (const [name, value] of labels) {
    if (value !== '') json += `,${JSON.stringify(freeName(name, given, others))}:${JSON.stringify(value)}`;
  }
  return json;
}

const NONE: ReadonlySet<string> = new Set();

function freeName(name: string, given: ReadonlySet<string>, others: ReadonlySet<string>): string {
  const isTaken = (candidate: string): boolean => TAKEN.has(candidate) || others.has(candidate);
  if (!isTaken(name.toLowerCase())) return name;
  let moved = name;
  do moved = MOVED + moved;
  while (isTaken(moved.toLowerCase()) || given.has(moved.toLowerCase()));
  return moved;
}
