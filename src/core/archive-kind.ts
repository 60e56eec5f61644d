/** The formats of sealed events; `none` leaves all events in the journal. */
export const ARCHIVE_KINDS = ['parquet', 'ndjson', 'csv', 'duckdb', 'none'] as const;

export type ArchiveKindName = (typeof ARCHIVE_KINDS)[number];

/** Compressions of text files. */
export const COMPRESSIONS = ['zstd', 'none'] as const;

export type Compression = (typeof COMPRESSIONS)[number];
