/** The formats of `telemetry export`. */
export const EXPORT_FORMATS = ['parquet', 'csv', 'ndjson', 'sqlite', 'duckdb', 'otlp-json'] as const;

/** One of {@link EXPORT_FORMATS}. */
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** The columns that folders of a partitioned export are named after, in the order of the folders. */
export const PARTITION_KEYS = ['day', 'type'] as const;

/** One of {@link PARTITION_KEYS}. */
export type PartitionKey = (typeof PARTITION_KEYS)[number];
