/** Types whose events are lines: a file of one can be followed as it grows. */
export const LINE_READINGS = [
  'text',
  'logfmt',
  'nginx',
  'apache',
  'syslog',
  'docker',
  'cri',
  'journald',
  'regex',
] as const;

/** One of {@link LINE_READINGS}. */
export type LineReading = (typeof LINE_READINGS)[number];

/** What a file can be read as. */
export const READINGS = ['ndjson', 'json', 'csv', 'tsv', 'parquet', ...LINE_READINGS] as const;

/** One of {@link READINGS}. */
export type Reading = (typeof READINGS)[number];
