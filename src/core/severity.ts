/** A severity, as in the core column `severity`: the ranges of OpenTelemetry's log data model. */
export const SEVERITIES = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const;

/** One of {@link SEVERITIES}. */
export type Severity = (typeof SEVERITIES)[number];

/** Severities by number. A number missing here has no severity. */
export type SeverityNumbers = ReadonlyMap<number, Severity>;

/** Severity texts in upper case, without the digit at the end of OpenTelemetry's short names (`WARN3`). */
export const SEVERITY_TEXTS: Readonly<Record<Severity, readonly string[]>> = {
  TRACE: ['TRACE', 'TRC', 'VERBOSE', 'VRB', 'FINEST', 'FINER', 'SILLY', 'SPAM'],
  DEBUG: ['DEBUG', 'DBG', 'FINE', 'CONFIG'],
  INFO: ['INFO', 'INF', 'INFORMATION', 'INFORMATIONAL', 'NOTICE', 'SUCCESS', 'DEFAULT'],
  WARN: ['WARN', 'WARNING', 'WRN'],
  ERROR: ['ERROR', 'ERR', 'EROR', 'SEVERE', 'FAILURE'],
  FATAL: ['FATAL', 'FTL', 'CRITICAL', 'CRIT', 'CRT', 'ALERT', 'EMERGENCY', 'EMERG', 'PANIC', 'DPANIC'],
};

/** SeverityNumber of OpenTelemetry's log data model ("Field: SeverityNumber"): four numbers a range. */
const OTEL_NUMBERS: SeverityNumbers = new Map(
  SEVERITIES.flatMap((severity, range) => [1, 2, 3, 4].map(step => [4 * range + step, severity] as const)),
);

/** The levels of pino and bunyan. */
const PINO_NUMBERS: SeverityNumbers = new Map(SEVERITIES.map((severity, i) => [10 * (i + 1), severity]));

/** The levels of Python's logging module, where 10 is DEBUG. */
const PYTHON_NUMBERS: SeverityNumbers = new Map(SEVERITIES.slice(1).map((severity, i) => [10 * (i + 1), severity]));

/** The severities of syslog (RFC 5424, table 2), in the order of their codes. */
export const SYSLOG_NUMBERS: SeverityNumbers = new Map(
  (['FATAL', 'FATAL', 'FATAL', 'ERROR', 'WARN', 'INFO', 'INFO', 'DEBUG'] as const).map((severity, code) => [
    code,
    severity,
  ]),
);

/** LogSeverity of Google Cloud Logging. */
const GOOGLE_NUMBERS: SeverityNumbers = new Map([
  [100, 'DEBUG'],
  [200, 'INFO'],
  [300, 'INFO'],
  [400, 'WARN'],
  [500, 'ERROR'],
  [600, 'FATAL'],
  [700, 'FATAL'],
  [800, 'FATAL'],
]);

/** Numbers of each key of {@link LEVEL_KEYS}, in lower case. A key missing here has only texts. */
export const NUMBERS_BY_KEY: Readonly<Record<string, SeverityNumbers>> = {
  severity_number: OTEL_NUMBERS,
  severitynumber: OTEL_NUMBERS,
  severity: new Map([...SYSLOG_NUMBERS, ...GOOGLE_NUMBERS]),
  level: PINO_NUMBERS,
  levelno: PYTHON_NUMBERS,
  priority: SYSLOG_NUMBERS,
};
