import type { DuckDBResultReader } from '@duckdb/node-api';
import type { Micros } from '../../../../core/duration.js';
import { quoteName } from '../../../sql/text.js';

/** The least and greatest value of a column, as DuckDB prints them; undefined when the file does not tell. */
export interface ColumnStatistics {
  readonly min: string | undefined;
  readonly max: string | undefined;
  /** True when the column has only NULLs. */
  readonly isNull: boolean;
}

/** Finds the statistics of a column of a file by its name; undefined for a column without them. */
export type FindStatistics = (name: string) => ColumnStatistics | undefined;

/** A map of DuckDB as JSON. */
type JsonMap<T> = readonly { readonly key: string; readonly value: T }[];

/** A time as DuckDB prints it in UTC, of the years 1 to 9999. */
const PRINTED_TIME = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00$/;

/** Reads what a COPY with the option `return_stats` returned. */
export function readStatistics(written: DuckDBResultReader): FindStatistics {
  const [row] = written.getRowObjectsJson();
  const columns = (row?.column_statistics ?? []) as unknown as JsonMap<JsonMap<string>>;
  const byName = new Map(
    columns.map(({ key, value }) => [key, new Map(value.map(found => [found.key, found.value]))] as const),
  );
  return name => {
    const found = byName.get(quoteName(name));
    if (!found) return undefined;
    const [values, nulls] = [found.get('num_values'), found.get('null_count')];
    return { min: found.get('min'), max: found.get('max'), isNull: values !== undefined && values === nulls };
  };
}

/** The point in time that such a statistic says; undefined for any other text, as that of an infinite time. */
export function readTime(text: string | undefined): Micros | undefined {
  const [, day, time, fraction = ''] = PRINTED_TIME.exec(text ?? '') ?? [];
  if (day === undefined) return undefined;
  return Date.parse(`${day}T${time}Z`) * 1000 + Number(fraction.padEnd(6, '0'));
}
