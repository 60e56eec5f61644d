/** Formats whose events are lines: such a file can be followed as it grows. */
export const LINE_FORMATS = [
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

/** One of {@link LINE_FORMATS}. */
export type LineInputFormat = (typeof LINE_FORMATS)[number];

/** The formats of input files. */
export const INPUT_FORMATS = ['ndjson', 'json', 'csv', 'tsv', 'parquet', ...LINE_FORMATS] as const;

/** One of {@link INPUT_FORMATS}. */
export type InputFormat = (typeof INPUT_FORMATS)[number];
