import type { Micros } from '../../../core/duration.js';

/** The forms that a query's rows can take; parquet needs --out. */
export const QUERY_FORMATS = ['table', 'json', 'ndjson', 'csv', 'tsv', 'markdown', 'line', 'parquet'] as const;
export type QueryFormat = (typeof QUERY_FORMATS)[number];

/** What `telemetry query` was asked for, settings included. */
export interface QueryOptions {
  readonly store: string;
  /** The SQL argument; with neither it nor `file`, SQL comes from stdin. Never both. */
  readonly sql: string | undefined;
  /** -f: a file of SQL, absolute; `-` is stdin. */
  readonly file: string | undefined;
  /** -p name=value: the text bound to each `$name`. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Undefined when neither a flag nor a setting names one: table on a terminal, else ndjson. */
  readonly format: QueryFormat | undefined;
  /** The file to write instead of stdout, absolute. */
  readonly out: string | undefined;
  readonly since: Micros | undefined;
  readonly until: Micros | undefined;
  /** A time zone that exists; undefined when neither a flag nor a setting names one. */
  readonly tz: string | undefined;
  /** In milliseconds. */
  readonly timeout: number | undefined;
  /** The most rows to print. */
  readonly limit: number | undefined;
  /** --with name=FILE: files that join in as tables, absolute. */
  readonly files: readonly { readonly name: string; readonly file: string }[];
}
