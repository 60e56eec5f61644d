import type { Micros } from '../../../core/duration.js';
import type { GlyphStyle } from '../../../render/charts/glyphs.js';
import type { BoundsBy } from '../../../query/view/range.js';

/** The formats of a query's rows; parquet needs --out. */
export const QUERY_FORMATS = [
  'table',
  'json',
  'json-columns',
  'ndjson',
  'csv',
  'tsv',
  'markdown',
  'line',
  'parquet',
] as const;

export type QueryFormat = (typeof QUERY_FORMATS)[number];

/** The options of `telemetry query`, settings included. */
export interface QueryOptions {
  readonly store: string;
  /** --remote: the name of a remote to ask; undefined asks the store. */
  readonly remote: string | undefined;
  /** The SQL argument; with neither it nor `file`, SQL comes from stdin. Never both. */
  readonly sql: string | undefined;
  /** --where: the condition that `sql` has in parentheses. */
  readonly where: string | undefined;
  /** -f: a file of SQL, absolute; `-` is stdin. */
  readonly file: string | undefined;
  /** -p name=value: the text bound to each `$name`. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Undefined when neither a flag nor a setting names one: table on a terminal, else ndjson. */
  readonly format: QueryFormat | undefined;
  /** True when a flag names the format, which then overrides the setting and the file extension. */
  readonly isFormatNamed: boolean;
  /** The text for NULL in formats for people and tables of text; undefined for that of the format. */
  readonly nullText: string | undefined;
  /** --raw: bare values, without header and frame. */
  readonly isRaw: boolean;
  /** --exit-code: exit with 1 if there are rows. */
  readonly tellsRows: boolean;
  /** --one-statement, of requests over HTTP: refuses several statements, whose rows the format cannot hold together. */
  readonly takesOne: boolean;
  /** The file to write instead of stdout, absolute; undefined also for `-`. */
  readonly out: string | undefined;
  readonly since: Micros | undefined;
  readonly until: Micros | undefined;
  /** The time that `since` and `until` bound. */
  readonly by: BoundsBy;
  /** A valid time zone; undefined when neither a flag nor a setting names one. */
  readonly tz: string | undefined;
  /** In milliseconds. */
  readonly timeout: number | undefined;
  /** In bytes; undefined for the usual limit. */
  readonly memory: number | undefined;
  /** The maximum number of rows to print. */
  readonly limit: number | undefined;
  /** --with name=FILE: files to use as tables, absolute. */
  readonly files: readonly { readonly name: string; readonly file: string }[];
  /** Prints scan statistics instead of the rows. */
  readonly explain: boolean;
  /** --chart: draw the result instead of printing rows. */
  readonly isChart: boolean;
  readonly style: GlyphStyle;
  /** --watch: the milliseconds between two runs. */
  readonly watch: number | undefined;
  /** The time bounds, relative to the present: those given as an age move with each run of --watch. */
  readonly bounds: () => { readonly since: Micros | undefined; readonly until: Micros | undefined };
}
