/** A severity, as in the core column `severity`: the ranges of OpenTelemetry's log data model. */
export const SEVERITIES = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const;

/** One of {@link SEVERITIES}. */
export type Severity = (typeof SEVERITIES)[number];

/** Severities by number. A number missing here has no severity. */
export type SeverityNumbers = ReadonlyMap<number, Severity>;

/**
 * Severity texts in upper case, without what {@link SEVERITY_WORD} takes off. Single letters are those of Android, glog
 * and Kubernetes; `HTTP` is a level of npm, which OpenTelemetry maps to DEBUG; `LOG` is one of
 * PostgreSQL, between NOTICE and FATAL, for the log of an administrator.
 */
export const SEVERITY_TEXTS: Readonly<Record<Severity, readonly string[]>> = {
  TRACE: ['TRACE', 'TRC', 'VERBOSE', 'VRB', 'FINEST', 'FINER', 'SILLY', 'SPAM', 'TRCE', 'V'],
  DEBUG: ['DEBUG', 'DBG', 'FINE', 'CONFIG', 'HTTP', 'DBUG', 'D'],
  INFO: ['INFO', 'INF', 'INFORMATION', 'INFORMATIONAL', 'NOTICE', 'SUCCESS', 'DEFAULT', 'LOG', 'I'],
  WARN: ['WARN', 'WARNING', 'WRN', 'W'],
  ERROR: ['ERROR', 'ERR', 'EROR', 'SEVERE', 'FAILURE', 'FAIL', 'E'],
  FATAL: ['FATAL', 'FTL', 'CRITICAL', 'CRIT', 'CRT', 'ALERT', 'EMERGENCY', 'EMERG', 'PANIC', 'DPANIC', 'F'],
};

/**
 * The word of a severity text in upper case: between the colours of a terminal, within brackets, behind the prefix of
 * syslog's and OpenTelemetry's constants, before a digit (`[ERROR]`, `LOG_WARNING`, `SEVERITY_NUMBER_ERROR`, `WARN3` of
 * OpenTelemetry, `DEBUG5` of PostgreSQL). Valid in JavaScript and in RE2.
 */
export const SEVERITY_WORD =
  '^(?:\\x1b\\[[0-9;]*M)*\\[? *(?:LOG_|SEVERITY_NUMBER_)?([A-Z]+)[1-5]* *\\]?(?:\\x1b\\[[0-9;]*M)*$';

/**
 * A level of Go's log/slog between two of its names, in upper case: `INFO-1`, `ERROR+4`. The names are 4 apart; the
 * severity is the one whose range the level is in, as in OpenTelemetry's bridge for slog. Valid in JavaScript and RE2.
 */
export const SLOG_LEVEL = '^(DEBUG|INFO|WARN|ERROR)([+-][0-9]{1,3})$';

/** The names of slog's levels, from -4. */
export const SLOG_NAMES: readonly Severity[] = ['DEBUG', 'INFO', 'WARN', 'ERROR'];

/** SeverityNumber of OpenTelemetry's log data model ("Field: SeverityNumber"): four numbers a range. */
const OTEL_NUMBERS: SeverityNumbers = new Map(
  SEVERITIES.flatMap((severity, range) => [1, 2, 3, 4].map(step => [4 * range + step, severity] as const)),
);

/** The levels of pino and bunyan, 10 apart; a custom level between two counts as the lower one. */
const PINO_NUMBERS: SeverityNumbers = new Map(
  SEVERITIES.flatMap((severity, i) =>
    Array.from({ length: 10 }, (_, step) => [10 * (i + 1) + step, severity] as const),
  ),
);

/** The levels of Python's logging module, where 10 is DEBUG; a level between two counts as the lower one. */
const PYTHON_NUMBERS: SeverityNumbers = new Map(
  Array.from({ length: 59 }, (_, i) => [i + 1, SEVERITIES[Math.min(Math.floor((i + 1) / 10), 5)]!]),
);

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
