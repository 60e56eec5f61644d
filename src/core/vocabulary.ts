/*
 * The words that senders and the store share. An event may have any type, name and keys; those that many have are
 * written here once, so that a client need not spell them.
 */

/** Types that events have, or are given when they say none. */
export const EVENT_TYPE = {
  event: 'event',
  log: 'log',
  metric: 'metric',
  trace: 'trace',
  behavioral: 'behavioral',
  userAction: 'user_action',
  apiEvent: 'api_event',
  errorEvent: 'error_event',
  hostTelemetry: 'host_telemetry',
} as const;

/** Names of events that applications have in common. */
export const EVENT_NAME = {
  installSuccess: 'install-success',
  appStart: 'app-start',
  loginStart: 'login-start',
  loginSuccess: 'login-success',
  deployStart: 'deploy-start',
  deploySuccess: 'deploy-success',
  dataAccessStart: 'dataaccess-start',
  dataAccessSuccess: 'dataaccess-success',
} as const;

/** Kinds of metric, the value of `metric_type`. */
export const METRIC_TYPE = {
  counter: 'counter',
  gauge: 'gauge',
  histogram: 'histogram',
  timer: 'timer',
  summary: 'summary',
} as const;

/** Keys of events. */
export const ATTRIBUTE = {
  eventId: 'event_id',
  eventTime: 'event_time',
  eventType: 'event_type',
  eventName: 'event_name',
  eventCategory: 'event_category',
  eventData: 'event_data',
  application: 'application',
  telemetryType: 'telemetry_type',
  time: 'time',
  payload: 'payload',
  serviceName: 'service_name',
  serviceVersion: 'service_version',
  serviceCommit: 'service_commit',
  hostName: 'host_name',
  isDev: 'is_dev',
  installId: 'install_id',
  userId: 'user_id',
  licenseId: 'license_id',
  source: 'source',
  sourceIp: 'source_ip',
  tags: 'tags',
  durationMs: 'duration_ms',
  metricName: 'metric_name',
  metricType: 'metric_type',
  metricValue: 'metric_value',
  metricUnit: 'metric_unit',
  metricCategory: 'metric_category',
  percentile50: 'percentile_50',
  percentile90: 'percentile_90',
  percentile95: 'percentile_95',
  percentile99: 'percentile_99',
  periodStart: 'period_start',
  periodEnd: 'period_end',
  periodType: 'period_type',
  currency: 'currency',
  calculationMethod: 'calculation_method',
  traceId: 'trace_id',
  spanId: 'span_id',
  parentSpanId: 'parent_span_id',
  operationName: 'operation_name',
  httpMethod: 'http_method',
  httpUrl: 'http_url',
  httpStatusCode: 'http_status_code',
  /** Set on an event that was cut to its envelope, with {@link ATTRIBUTE.reason}. */
  truncated: 'truncated',
  reason: 'reason',
  /** Set on an event that its registered schema found wrong: what is wrong with it. */
  schemaViolation: 'schema_violation',
} as const;

/** Where the time that an event happened at is looked for, in this order; names match in any case. */
export const TIME_KEYS = [
  'event_time',
  'time',
  'timestamp',
  '@timestamp',
  'ts',
  'event_timestamp',
  'metric_timestamp',
  'timeUnixNano',
  'time_unix_nano',
  'startTimeUnixNano',
  'start_time_unix_nano',
  'observedTimeUnixNano',
  'observed_time_unix_nano',
  'eventTime',
  'start_time',
  'startTime',
  'datetime',
  'period_start',
];

/** Where the type of an event is looked for. One without any is a metric, a trace or a log by the keys below, else an event. */
export const TYPE_KEYS = ['type', 'event_type', 'telemetry_type'];

/** A metric has one of these. */
export const METRIC_KEYS = ['metric_name', 'metric_value'];

/** A trace has one of these. */
export const SPAN_KEYS = ['span_id', 'spanId', 'trace.spanId', 'trace.span_id', 'span.id'];

/** A log has one of these, and one of {@link MESSAGE_KEYS}. */
export const LEVEL_KEYS = [
  'level',
  'severity',
  'severityText',
  'severity_text',
  'severityNumber',
  'loglevel',
  'log.level',
];

/** See {@link LEVEL_KEYS}. */
export const MESSAGE_KEYS = ['msg', 'message', 'body', 'body.stringValue'];

/** Where the name of an event is looked for. */
export const NAME_KEYS = [
  'event_name',
  'name',
  'event',
  'eventName',
  'metric_name',
  'operation_name',
  'operationName',
  'span_name',
];
