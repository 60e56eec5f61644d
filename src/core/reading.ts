/** What a file can be read as. */
export const READINGS = ['ndjson', 'json', 'csv', 'tsv', 'parquet', 'logfmt', 'text'] as const;

/** One of {@link READINGS}. */
export type Reading = (typeof READINGS)[number];
