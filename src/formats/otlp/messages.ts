/*
 * The messages of OTLP 1.x with their field numbers, from opentelemetry-proto: common.proto, resource.proto, trace.proto,
 * logs.proto, metrics.proto and the three collector services.
 */
import { many, message, one, type MessageKind } from './message-kind.js';

export const SPAN_KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
export const STATUS_CODES = ['unset', 'ok', 'error'] as const;
export const TEMPORALITIES = ['unspecified', 'delta', 'cumulative'] as const;

/** The enum's names in JSON that uses them instead of numbers. */
const prefixed = (prefix: string, names: readonly string[]): string[] =>
  names.map(name => `${prefix}_${name.toUpperCase()}`);

const SEVERITIES = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].flatMap(name =>
  ['', '2', '3', '4'].map(step => name + step),
);

export const ANY_VALUE: MessageKind<
  'string_value' | 'bool_value' | 'int_value' | 'double_value' | 'array_value' | 'kvlist_value' | 'bytes_value'
> = message({
  string_value: one(1, 'string'),
  bool_value: one(2, 'bool'),
  int_value: one(3, 'int64'),
  double_value: one(4, 'double'),
  array_value: one(5, () => ARRAY_VALUE),
  kvlist_value: one(6, () => KEY_VALUE_LIST),
  bytes_value: one(7, 'bytes'),
});

export const ARRAY_VALUE: MessageKind<'values'> = message({ values: many(1, () => ANY_VALUE) });

export const KEY_VALUE: MessageKind<'key' | 'value'> = message({
  key: one(1, 'string'),
  value: one(2, () => ANY_VALUE),
});

export const KEY_VALUE_LIST: MessageKind<'values'> = message({ values: many(1, () => KEY_VALUE) });

export const RESOURCE = message({
  attributes: many(1, () => KEY_VALUE),
  dropped_attributes_count: one(2, 'uint32'),
});

export const SCOPE = message({
  name: one(1, 'string'),
  version: one(2, 'string'),
  attributes: many(3, () => KEY_VALUE),
  dropped_attributes_count: one(4, 'uint32'),
});

export const LOG_RECORD = message({
  time_unix_nano: one(1, 'fixed64'),
  severity_number: one(2, 'enum', prefixed('SEVERITY_NUMBER', ['UNSPECIFIED', ...SEVERITIES])),
  severity_text: one(3, 'string'),
  body: one(5, () => ANY_VALUE),
  attributes: many(6, () => KEY_VALUE),
  dropped_attributes_count: one(7, 'uint32'),
  flags: one(8, 'fixed32'),
  trace_id: one(9, 'trace_id'),
  span_id: one(10, 'span_id'),
  observed_time_unix_nano: one(11, 'fixed64'),
  event_name: one(12, 'string'),
});

export const STATUS = message({
  message: one(2, 'string'),
  code: one(3, 'enum', prefixed('STATUS_CODE', STATUS_CODES)),
});

export const SPAN_EVENT = message({
  time_unix_nano: one(1, 'fixed64'),
  name: one(2, 'string'),
  attributes: many(3, () => KEY_VALUE),
  dropped_attributes_count: one(4, 'uint32'),
});

export const SPAN_LINK = message({
  trace_id: one(1, 'trace_id'),
  span_id: one(2, 'span_id'),
  trace_state: one(3, 'string'),
  attributes: many(4, () => KEY_VALUE),
  dropped_attributes_count: one(5, 'uint32'),
  flags: one(6, 'fixed32'),
});

export const SPAN = message({
  trace_id: one(1, 'trace_id'),
  span_id: one(2, 'span_id'),
  trace_state: one(3, 'string'),
  parent_span_id: one(4, 'span_id'),
  name: one(5, 'string'),
  kind: one(6, 'enum', prefixed('SPAN_KIND', SPAN_KINDS)),
  start_time_unix_nano: one(7, 'fixed64'),
  end_time_unix_nano: one(8, 'fixed64'),
  attributes: many(9, () => KEY_VALUE),
  dropped_attributes_count: one(10, 'uint32'),
  events: many(11, () => SPAN_EVENT),
  dropped_events_count: one(12, 'uint32'),
  links: many(13, () => SPAN_LINK),
  dropped_links_count: one(14, 'uint32'),
  status: one(15, () => STATUS),
  flags: one(16, 'fixed32'),
});

export const EXEMPLAR = message({
  time_unix_nano: one(2, 'fixed64'),
  as_double: one(3, 'double'),
  span_id: one(4, 'span_id'),
  trace_id: one(5, 'trace_id'),
  as_int: one(6, 'sfixed64'),
  filtered_attributes: many(7, () => KEY_VALUE),
});

export const NUMBER_DATA_POINT = message({
  start_time_unix_nano: one(2, 'fixed64'),
  time_unix_nano: one(3, 'fixed64'),
  as_double: one(4, 'double'),
  exemplars: many(5, () => EXEMPLAR),
  as_int: one(6, 'sfixed64'),
  attributes: many(7, () => KEY_VALUE),
  flags: one(8, 'uint32'),
});

export const HISTOGRAM_DATA_POINT = message({
  start_time_unix_nano: one(2, 'fixed64'),
  time_unix_nano: one(3, 'fixed64'),
  count: one(4, 'fixed64'),
  sum: one(5, 'double'),
  bucket_counts: many(6, 'fixed64'),
  explicit_bounds: many(7, 'double'),
  exemplars: many(8, () => EXEMPLAR),
  attributes: many(9, () => KEY_VALUE),
  flags: one(10, 'uint32'),
  min: one(11, 'double'),
  max: one(12, 'double'),
});

export const EXPONENTIAL_BUCKETS = message({ offset: one(1, 'sint32'), bucket_counts: many(2, 'uint64') });

export const EXPONENTIAL_HISTOGRAM_DATA_POINT = message({
  attributes: many(1, () => KEY_VALUE),
  start_time_unix_nano: one(2, 'fixed64'),
  time_unix_nano: one(3, 'fixed64'),
  count: one(4, 'fixed64'),
  sum: one(5, 'double'),
  scale: one(6, 'sint32'),
  zero_count: one(7, 'fixed64'),
  positive: one(8, () => EXPONENTIAL_BUCKETS),
  negative: one(9, () => EXPONENTIAL_BUCKETS),
  flags: one(10, 'uint32'),
  exemplars: many(11, () => EXEMPLAR),
  min: one(12, 'double'),
  max: one(13, 'double'),
  zero_threshold: one(14, 'double'),
});

export const VALUE_AT_QUANTILE = message({ quantile: one(1, 'double'), value: one(2, 'double') });

export const SUMMARY_DATA_POINT = message({
  start_time_unix_nano: one(2, 'fixed64'),
  time_unix_nano: one(3, 'fixed64'),
  count: one(4, 'fixed64'),
  sum: one(5, 'double'),
  quantile_values: many(6, () => VALUE_AT_QUANTILE),
  attributes: many(7, () => KEY_VALUE),
  flags: one(8, 'uint32'),
});

/** Gauge, Sum, Histogram, ExponentialHistogram and Summary: points, with two fields that some of them have. */
const data = (points: () => MessageKind): MessageKind<'data_points' | 'aggregation_temporality' | 'is_monotonic'> =>
  message({
    data_points: many(1, points),
    aggregation_temporality: one(2, 'enum', prefixed('AGGREGATION_TEMPORALITY', TEMPORALITIES)),
    is_monotonic: one(3, 'bool'),
  });

export const NUMBER_DATA = data(() => NUMBER_DATA_POINT);
const HISTOGRAM_DATA = data(() => HISTOGRAM_DATA_POINT);
const EXPONENTIAL_HISTOGRAM_DATA = data(() => EXPONENTIAL_HISTOGRAM_DATA_POINT);
const SUMMARY_DATA = data(() => SUMMARY_DATA_POINT);

export const METRIC = message({
  name: one(1, 'string'),
  description: one(2, 'string'),
  unit: one(3, 'string'),
  gauge: one(5, () => NUMBER_DATA),
  sum: one(7, () => NUMBER_DATA),
  histogram: one(9, () => HISTOGRAM_DATA),
  exponential_histogram: one(10, () => EXPONENTIAL_HISTOGRAM_DATA),
  summary: one(11, () => SUMMARY_DATA),
  metadata: many(12, () => KEY_VALUE),
});

/** The common structure of the three requests: resources, scopes and records. */
export const REQUEST = { resources: 1 } as const;
export const OF_RESOURCE = { resource: 1, scopes: 2, schema_url: 3 } as const;
export const OF_SCOPE = { scope: 1, records: 2, schema_url: 3 } as const;

const request = (resources: string, scopes: string, records: string, record: () => MessageKind): MessageKind => {
  const scope = message({ scope: one(1, () => SCOPE), [records]: many(2, record), schema_url: one(3, 'string') });
  const resource = message({
    resource: one(1, () => RESOURCE),
    [scopes]: many(2, () => scope),
    schema_url: one(3, 'string'),
  });
  return message({ [resources]: many(1, () => resource) });
};

/** ExportTraceServiceRequest, ExportLogsServiceRequest and ExportMetricsServiceRequest. */
export const REQUESTS = {
  traces: request('resource_spans', 'scope_spans', 'spans', () => SPAN),
  logs: request('resource_logs', 'scope_logs', 'log_records', () => LOG_RECORD),
  metrics: request('resource_metrics', 'scope_metrics', 'metrics', () => METRIC),
} as const;

/** The kind of records in a request. */
export type Signal = keyof typeof REQUESTS;
