/** What sealed events can be kept in; `none` leaves them all in the journal. */
export const ARCHIVE_KINDS = ['parquet', 'ndjson', 'csv', 'duckdb', 'none'] as const;

export type ArchiveKindName = (typeof ARCHIVE_KINDS)[number];

/** How files of text are compressed. */
export const COMPRESSIONS = ['zstd', 'none'] as const;

export type Compression = (typeof COMPRESSIONS)[number];
