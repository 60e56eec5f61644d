import { statSync } from 'node:fs';
import type { DuckDBConnection } from '@duckdb/node-api';
import { quoteText } from '../../store/sql/text.js';
import { bindParameters, type Parameters } from '../sql/parameters.js';
import { isNegativeZero, storableInParquet } from '../sql/parquet-types.js';

/** The way that rows are written to a file. */
export interface CopyOptions {
  readonly parameters?: Parameters;
  /** The number of rows that are written at most. */
  readonly limit?: number | undefined;
  /** Options of DuckDB's COPY for Parquet, such as `format parquet, compression zstd`. */
  readonly parquet?: string;
  /** Options of DuckDB's COPY for text, such as `format csv`; then the file is not Parquet. */
  readonly text?: string;
}

/**
 * Writes the rows of a bound statement to a file. Parquet keeps every value: types that it lacks are cast, and
 * dictionaries, which would lose the sign of -0.0, are left out where there is one. Returns the number of rows.
 */
export async function copyRows(
  connection: DuckDBConnection,
  file: string,
  rows: string,
  { parameters = {}, parquet = 'format parquet', text }: CopyOptions,
): Promise<number> {
  const write = async (source: string, options: string): Promise<number> => {
    const copy = await connection.prepare(
      `copy (\n${source}\n) to ${quoteText(file)} (${options}, use_tmp_file false)`,
    );
    try {
      bindParameters(copy, parameters);
      return (await copy.run()).rowsChanged;
    } finally {
      copy.destroySync();
    }
  };
  if (text !== undefined) return write(rows, text);
  const { sql, guarded } = await storableInParquet(connection, rows, parameters);
  // A device or a pipe takes no second attempt.
  if (guarded !== undefined && statSync(file, { throwIfNoEntry: false })?.isFile() !== false) {
    try {
      return await write(guarded, parquet);
    } catch (error) {
      if (!isNegativeZero(error)) throw error;
    }
  }
  return write(sql, `${parquet}, dictionary_size_limit 0`);
}
