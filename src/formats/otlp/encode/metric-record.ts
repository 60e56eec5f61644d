import { elementsOf, textOf } from '../../json/members.js';
import { TEMPORALITIES } from '../messages.js';
import { isInt64, keyValues } from './any-value-json.js';
import { EventMembers, NATURAL, NUMBER } from './event-members.js';
import {
  attributesField,
  field,
  longField,
  nanoseconds,
  objectList,
  objectOf,
  recordOf,
  stringField,
  type EncodedEvent,
  type EncodedRecord,
} from './parts.js';
import { enumOf, isOf } from './span-record.js';

/** The kinds of metric by their field of Metric (metrics.proto). */
const FIELDS = {
  gauge: 'gauge',
  sum: 'sum',
  histogram: 'histogram',
  exponential_histogram: 'exponentialHistogram',
  summary: 'summary',
} as const;
type Kind = keyof typeof FIELDS;

/** Members that the decoder computes from the others. */
const DERIVED = ['percentile_50', 'percentile_90', 'percentile_95', 'percentile_99'];

const NO_RECORDED_VALUE = 1;

/** A number, or the text of one that JSON has not. */
const DOUBLE = /^(?:-?\d|")/;

/** Encodes a data point as a Metric of one point; undefined for an event without a name or a value. */
export function metricRecord(event: EncodedEvent): EncodedRecord | undefined {
  const { members } = event;
  const name = members.string('metric_name') ?? event.name ?? '';
  const kind = kindOf(members);
  const hasValue = kind !== undefined || NUMBER.test(members.json('metric_value') ?? '');
  if ((name === '' && !event.sent) || !hasValue) return undefined;
  for (const key of ['metric_name', 'name']) members.takeString(key, text => text === name);
  if (kind !== undefined) members.drop('metric_type');
  const temporality = enumOf(
    TEMPORALITIES,
    members.takeString('temporality', text => isOf(TEMPORALITIES, text)),
  );
  const isMonotonic = kind === 'sum' ? members.takeJson('is_monotonic', /^(?:true|false)$/) : undefined;
  const metric = [
    stringField('name', name),
    stringField('description', members.takeString('description')),
    stringField('unit', members.takeString('unit')),
  ];
  const metadata = members.takeJson('metadata', /^\{/);
  const point = pointFields(event, kind ?? 'gauge');
  const { resource, scope, record } = recordOf(event, 'metric', point);
  const metadataField = metadata === undefined ? undefined : field('metadata', keyValues(Buffer.from(metadata), 0));
  const data = [field('aggregationTemporality', temporality), field('isMonotonic', isMonotonic)];
  const before = [...metric, metadataField, `"${FIELDS[kind ?? 'gauge']}":{${listed(data)}"dataPoints":[`];
  return { resource, scope, record, metric: [`{${before.filter(part => part !== undefined).join(',')}`, ']}}'] };
}

/** Members before another one. */
function listed(fields: readonly (string | undefined)[]): string {
  return fields.map(text => (text === undefined ? '' : `${text},`)).join('');
}

function kindOf(members: EventMembers): Kind | undefined {
  const text = members.string('metric_type') ?? '';
  if (!Object.hasOwn(FIELDS, text)) return undefined;
  const kind = text as Kind;
  const needs = {
    gauge: 'metric_value',
    sum: 'metric_value',
    histogram: 'count',
    exponential_histogram: 'scale',
    summary: 'count',
  };
  return members.json(needs[kind]) === undefined && members.json('flags') === undefined ? undefined : kind;
}

function pointFields(event: EncodedEvent, kind: Kind): (string | undefined)[] {
  const { members } = event;
  const time = members.takeJson('time_unix_nano', NATURAL) ?? (event.sent ? undefined : String(nanoseconds(event)));
  const flags = members.takeJson('flags', NATURAL);
  const isGap = (Number(flags ?? 0) & NO_RECORDED_VALUE) !== 0;
  return [
    longField('timeUnixNano', time),
    longField('startTimeUnixNano', members.takeJson('start_time_unix_nano', NATURAL)),
    field('flags', flags),
    ...(isGap ? gap(members) : valueFields(members, kind)),
    field('exemplars', exemplars(members)),
  ];
}

/** A gap in a series has no value. */
function gap(members: EventMembers): [] {
  members.takeJson('metric_value', /^null$/);
  return [];
}

function valueFields(members: EventMembers, kind: Kind): (string | undefined)[] {
  if (kind === 'gauge' || kind === 'sum') return [numberValue(members)];
  members.drop(...DERIVED);
  const count = longField('count', members.takeJson('count', NATURAL));
  const sum = field('sum', members.takeJson('sum', NUMBER));
  if (kind === 'summary') {
    members.drop('min', 'max');
    return [count, sum, field('quantileValues', quantiles(members))];
  }
  const range = ['min', 'max'].map(key => field(key, members.takeJson(key, NUMBER)));
  if (kind === 'histogram') {
    const counts = longList(members.takeJson('buckets', /^\[/));
    return [
      count,
      sum,
      ...range,
      field('bucketCounts', counts),
      field('explicitBounds', members.takeJson('bounds', /^\[/)),
    ];
  }
  members.drop('bounds', 'buckets');
  return [count, sum, ...range, ...exponential(members)];
}

function exponential(members: EventMembers): (string | undefined)[] {
  const side = (name: string): string | undefined => {
    const offset = members.takeJson(`${name}_offset`, NUMBER);
    const counts = longList(members.takeJson(`${name}_buckets`, /^\[/));
    return counts === undefined ? undefined : objectOf([field('offset', offset), field('bucketCounts', counts)]);
  };
  return [
    field('scale', members.takeJson('scale', NUMBER)),
    longField('zeroCount', members.takeJson('zero_count', NATURAL)),
    field('zeroThreshold', members.takeJson('zero_threshold', NUMBER)),
    field('positive', side('positive')),
    field('negative', side('negative')),
  ];
}

function numberValue(members: EventMembers): string | undefined {
  const special = members.takeString('metric_value_text', text => /^(?:NaN|[+-]Inf)$/.test(text));
  if (special !== undefined) {
    members.drop('metric_value');
    return stringField('asDouble', special === 'NaN' ? 'NaN' : special === '+Inf' ? 'Infinity' : '-Infinity');
  }
  const json = members.takeJson('metric_value', NUMBER);
  if (json === undefined) {
    members.takeJson('metric_value', /^null$/);
    return undefined;
  }
  return isInt64(json) ? longField('asInt', json) : field('asDouble', json);
}

function quantiles(members: EventMembers): string | undefined {
  return objectList(members, 'quantiles', item =>
    objectOf([field('quantile', item.takeJson('quantile', DOUBLE)), field('value', item.takeJson('value', DOUBLE))]),
  );
}

function exemplars(members: EventMembers): string | undefined {
  return objectList(members, 'exemplars', item => {
    const value = item.takeJson('value', NUMBER);
    return objectOf([
      longField('timeUnixNano', item.takeJson('time_unix_nano', NATURAL)),
      value === undefined ? undefined : isInt64(value) ? longField('asInt', value) : field('asDouble', value),
      stringField('traceId', item.takeString('trace_id')),
      stringField('spanId', item.takeString('span_id')),
      attributesField(item, 'filteredAttributes'),
    ]);
  });
}

/** A list of integers as decimal strings. */
function longList(json: string | undefined): string | undefined {
  if (json === undefined) return undefined;
  const bytes = Buffer.from(json);
  return `[${Array.from(elementsOf(bytes, 0), ({ start, end }) => `"${textOf(bytes, start, end)}"`).join(',')}]`;
}
