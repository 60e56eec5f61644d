/** Facilities by code (RFC 5424, section 6.2.1, table 1), under the names that syslog.h gives them. */
const FACILITIES =
  'kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp audit alert clock local0 local1 local2 local3 local4 local5 local6 local7'.split(
    ' ',
  );

/** Severities by code (RFC 5424, table 2): the name in syslog.h, and the level in other logs. */
const SEVERITIES: readonly (readonly [severity: string, level: string])[] = [
  ['emerg', 'FATAL'],
  ['alert', 'FATAL'],
  ['crit', 'FATAL'],
  ['err', 'ERROR'],
  ['warning', 'WARN'],
  ['notice', 'INFO'],
  ['info', 'INFO'],
  ['debug', 'DEBUG'],
];

/** The content of a PRI part. */
export interface Priority {
  readonly level: string;
  readonly severity: string;
  readonly facility: string;
}

/** The highest PRI: local7.debug. */
const MAX_PRI = 191;

/** Reads the digits of a PRI part; undefined when they are invalid (RFC 5424, section 6.2.1). */
export function priorityOf(digits: string): Priority | undefined {
  const pri = Number(digits);
  if (!/^\d{1,3}$/.test(digits) || pri > MAX_PRI) return undefined;
  const [severity, level] = SEVERITIES[pri % 8]!;
  return { level, severity, facility: FACILITIES[Math.floor(pri / 8)]! };
}
