/*
 * The vocabulary of senders and store. An event may have any type, name and keys; the common ones are listed here once,
 * so that clients need not spell them.
 */

/** Types of events, given or inferred. */
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
  /** Set on an event that violates its registered schema: the problem. */
  schemaViolation: 'schema_violation',
} as const;

/*
 * The keys that the core columns of an event are read from, each list in order of precedence. Names match in any case;
 * a dot separates nested keys.
 */

/**
 * Keys of the time of an event. A number before {@link EARLIEST_EPOCH_SECONDS} counts where no other key has a time.
 */
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

/**
 * Keys of the time in formats that fix the key: CLEF (`@t`), journald's export (`__REALTIME_TIMESTAMP`, microseconds),
 * nginx (`time_local`), Log4j (`timeMillis`), loguru, Python's LogRecord (`asctime`, `created`), Kubernetes' audit log, MongoDB (`t.$date`), Fluent Bit (`date`),
 * and keys that name a time only in the absence of others. A number before {@link EARLIEST_EPOCH_SECONDS} is never a
 * time here.
 */
export const FORMAT_TIME_KEYS = [
  '@t',
  '__REALTIME_TIMESTAMP',
  'time_iso8601',
  'time_local',
  'timeMillis',
  'record.time.timestamp',
  'asctime',
  'created',
  'triggered_at',
  'created_at',
  'createdAt',
  'requestReceivedTimestamp',
  't.$date',
  'date',
  't',
];

const timeKeys = new Set([...TIME_KEYS, ...FORMAT_TIME_KEYS].map(key => key.toLowerCase()));

/** True for a key that the time of an event is read from. */
export function isTimeKey(name: string): boolean {
  return timeKeys.has(name.toLowerCase());
}

/** Pairs of keys with the seconds and the nanoseconds of a time: Log4j's JsonLayout, Google Cloud's structured logs, protobuf's Timestamp. */
export const TIME_PAIR_KEYS: readonly (readonly [seconds: string, nanoseconds: string])[] = [
  ['instant.epochSecond', 'instant.nanoOfSecond'],
  ['timestampSeconds', 'timestampNanos'],
  ['timestamp.seconds', 'timestamp.nanos'],
];

/** 1973-01-01: a smaller number is a duration, a counter or a date in digits rather than a time. */
export const EARLIEST_EPOCH_SECONDS = 94_694_400;

/** Keys of the type. An event without one is a metric, a trace, a log or an event by the keys below. */
export const TYPE_KEYS = ['type', 'event_type', 'telemetry_type'];

/** Keys that mark a metric. */
export const METRIC_KEYS = ['metric_name', 'metric_value'];

/** Keys of a span's id. A span also has a start and an end, or a duration; a log line may carry the id of its span. */
export const SPAN_KEYS = [
  'span_id',
  'spanId',
  'trace.spanId',
  'trace.span_id',
  'span.id',
  'dd.span_id',
  'otelSpanID',
  '@sp',
];

/** Keys of the trace that an event belongs to: OpenTelemetry, ECS, Datadog, OpenTelemetry's Python logging, CLEF. */
export const TRACE_KEYS = [
  'trace_id',
  'traceId',
  'trace.id',
  'trace.traceId',
  'trace.trace_id',
  'dd.trace_id',
  'otelTraceID',
  '@tr',
];

/** Keys of the span that caused this one. */
export const PARENT_SPAN_KEYS = [
  'parent_span_id',
  'parentSpanId',
  'trace.parentSpanId',
  'trace.parent_span_id',
  'trace.parent_id',
  'parent.id',
  'dd.parent_id',
  'parent_id',
];

/** Keys of severity texts and numbers. An event with one of these, or one of {@link LOG_FORMAT_KEYS}, and one of {@link MESSAGE_KEYS} is a log. */
export const LEVEL_KEYS = [
  'severity_number',
  'severityNumber',
  'severity_text',
  'severityText',
  'severity',
  'level',
  'levelname',
  'level_name',
  'levelno',
  'log.level',
  'loglevel',
  'log_level',
  'lvl',
  '@l',
  '@level',
  'record.level.name',
  'error_severity',
];

/** Keys that mark a log in a format that has its level elsewhere or leaves it out: CLEF, journald's export and MongoDB. */
export const LOG_FORMAT_KEYS = ['@t', '__REALTIME_TIMESTAMP', 't.$date'];

/** MongoDB's keys of a time and of a severity, which counts only together with that time. */
export const MONGODB = { time: 't.$date', severity: 's' } as const;

/** journald's key of a severity: upper case only, since other events have priorities of all kinds. */
export const JOURNALD_PRIORITY = 'PRIORITY';

/** Keys of the text of a log. */
export const MESSAGE_KEYS = [
  'msg',
  'message',
  'body',
  'body.stringValue',
  'text',
  '@m',
  '@message',
  'RenderedMessage',
  'log',
  'fields.message',
  'short_message',
  'record.message',
  '@mt',
];

/**
 * Keys of the text of a log in the absence of {@link MESSAGE_KEYS}: structlog's. It is one only together with a
 * severity at one of {@link LEVEL_KEYS}; without one, it names an event.
 */
export const EVENT_TEXT_KEYS = ['event'];

/** Keys of the service that an event comes from; a container counts where no other key names the service. */
export const SERVICE_KEYS = [
  'service_name',
  'service.name',
  'serviceName',
  'service',
  'otelServiceName',
  'dd.service',
  'application',
  'app',
  'app_name',
  'SYSLOG_IDENTIFIER',
  'container_name',
  'container.name',
  'kubernetes.container_name',
  'kubernetes.container.name',
  'k8s.container.name',
  'container',
];

/** Keys of a duration with a known unit, as milliseconds. `event.duration` is ECS. */
export const DURATION_KEYS: readonly (readonly [key: string, milliseconds: number])[] = [
  ...['duration_ms', 'durationMs', 'duration_millis', 'durationMillis', 'elapsed_ms', 'elapsedMs'].map(ms),
  ...['latency_ms', 'latencyMs', 'response_time_ms', 'responseTimeMs', 'took_ms', 'tookMs'].map(ms),
  ...['duration_us', 'durationUs', 'duration_micros', 'durationMicros'].map(key => [key, 1e-3] as const),
  ...['duration_ns', 'durationNs', 'duration_nano', 'durationNano', 'duration_nanos', 'durationNanos'].map(ns),
  ns('event.duration'),
  ...['duration_s', 'duration_sec', 'duration_seconds', 'durationSeconds', 'elapsed_sec', 'elapsed_seconds'].map(
    key => [key, 1e3] as const,
  ),
];

/** Pairs of keys with the start and the end of an event. */
export const START_END_KEYS: readonly (readonly [start: string, end: string])[] = [
  ['start_time_unix_nano', 'end_time_unix_nano'],
  ['startTimeUnixNano', 'endTimeUnixNano'],
  ['start_time', 'end_time'],
  ['startTime', 'endTime'],
  ['start', 'end'],
  ['started_at', 'ended_at'],
];

/** Keys of durations with an unknown unit. They make a span of an event that has a span's id. */
export const BARE_DURATION_KEYS = ['duration', 'elapsed', 'timeElapsed', 'took', 'latency'];

/** Keys of the name of an event. */
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

function ms(key: string): readonly [string, number] {
  return [key, 1];
}

function ns(key: string): readonly [string, number] {
  return [key, 1e-6];
}
