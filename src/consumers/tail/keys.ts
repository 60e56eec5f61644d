/*
 * The keys that senders use for what a tail shows of an event, each list in order of precedence. Names match in any
 * case; a dot separates nested keys. One place, so that the lists of core/vocabulary.ts and core/severity.ts can take
 * theirs.
 */

/** Keys of the service that an event comes from. */
export const SERVICE_KEYS = [
  'service_name',
  'service.name',
  'serviceName',
  'service',
  'dd.service',
  'application',
  'app',
  'app_name',
  'SYSLOG_IDENTIFIER',
  'container_name',
  'container.name',
  'kubernetes.container_name',
  'kubernetes.container.name',
  'container',
];

/** Keys of severity texts and numbers. */
export const SEVERITY_KEYS = [
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
  'record.level.name',
];

/** Keys of a duration, with the milliseconds of one unit: only those whose unit is known. */
export const DURATION_KEYS: readonly (readonly [key: string, milliseconds: number])[] = [
  ...['duration_ms', 'durationMs', 'duration_millis', 'elapsed_ms', 'latency_ms', 'took_ms'].map(
    key => [key, 1] as const,
  ),
  ...['duration_us', 'durationUs', 'duration_micros'].map(key => [key, 1e-3] as const),
  ...['duration_ns', 'durationNs', 'duration_nano', 'durationNano', 'event.duration'].map(key => [key, 1e-6] as const),
  ...['duration_s', 'duration_seconds', 'durationSeconds'].map(key => [key, 1e3] as const),
];

/** Keys of the start and the end of a span. */
export const START_END_KEYS: readonly (readonly [start: string, end: string])[] = [
  ['start_time_unix_nano', 'end_time_unix_nano'],
  ['startTimeUnixNano', 'endTimeUnixNano'],
  ['start_time', 'end_time'],
  ['startTime', 'endTime'],
  ['start', 'end'],
  ['started_at', 'ended_at'],
];

/** Keys of the outcome of a span. */
export const STATUS_KEYS = [
  'status',
  'status.code',
  'status_code',
  'statusCode',
  'otel.status_code',
  'http.response.status_code',
  'http.status_code',
  'http_status_code',
];

/** Keys of the value of a metric. */
export const VALUE_KEYS = ['metric_value', 'value', 'gauge', 'counter'];

/** Keys of the unit of a metric. */
export const UNIT_KEYS = ['metric_unit', 'unit'];

/** The severities of OpenTelemetry's log data model, the least first. */
export const SEVERITIES = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const;

export type Severity = (typeof SEVERITIES)[number];

/** Severity texts in upper case, without the digit that OpenTelemetry's short names end in (`WARN3`). */
export const SEVERITY_TEXTS: Readonly<Record<Severity, readonly string[]>> = {
  TRACE: ['TRACE', 'TRC', 'VERBOSE', 'VRB', 'FINEST', 'FINER', 'SILLY'],
  DEBUG: ['DEBUG', 'DBG', 'FINE', 'CONFIG'],
  INFO: ['INFO', 'INF', 'INFORMATION', 'INFORMATIONAL', 'NOTICE', 'SUCCESS', 'DEFAULT'],
  WARN: ['WARN', 'WARNING', 'WRN'],
  ERROR: ['ERROR', 'ERR', 'EROR', 'SEVERE', 'FAILURE'],
  FATAL: ['FATAL', 'FTL', 'CRITICAL', 'CRIT', 'CRT', 'ALERT', 'EMERGENCY', 'EMERG', 'PANIC', 'DPANIC'],
};

const byNumber = (first: number, step: number, severities: readonly Severity[]): ReadonlyMap<number, Severity> =>
  new Map(severities.map((severity, i) => [first + i * step, severity]));

const OTEL = byNumber(
  1,
  1,
  SEVERITIES.flatMap(severity => [severity, severity, severity, severity]),
);
const PINO = byNumber(10, 10, SEVERITIES);
const SYSLOG = byNumber(0, 1, ['FATAL', 'FATAL', 'FATAL', 'ERROR', 'WARN', 'INFO', 'INFO', 'DEBUG']);

/** Numbers by the key that holds them, in lower case: OpenTelemetry's, pino's, Python's and syslog's. */
export const NUMBERS_BY_KEY: Readonly<Record<string, ReadonlyMap<number, Severity>>> = {
  severity_number: OTEL,
  severitynumber: OTEL,
  severity: SYSLOG,
  level: PINO,
  levelno: byNumber(10, 10, SEVERITIES.slice(1)),
};
