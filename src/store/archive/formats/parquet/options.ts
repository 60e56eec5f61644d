import type { TypeCount } from '../../../catalog/segments.js';

/**
 * DuckDB's default rows of a row group. Files with many columns or large events have fewer, to write them within the
 * memory limit.
 */
const ROW_GROUP_ROWS = 122_880;

/** DuckDB's smallest row group. */
const MIN_ROW_GROUP_ROWS = 2048;

/** Most cells of a row group: each takes 16 bytes until the group is full. */
const ROW_GROUP_CELLS = 4_000_000;

/** Most payload bytes of a row group, as sent: large events are mostly text, which is held in memory as well. */
const ROW_GROUP_BYTES = 64 * 1024 * 1024;

/** Columns of every segment other than flat columns. */
const OTHER_COLUMNS = 9;

/**
 * Memory for dictionaries, in bytes. DuckDB reserves a column's dictionary before it writes: 1 MiB each would be too
 * much for 300 columns.
 */
const DICTIONARIES_BYTES = 48 * 1024 * 1024;
const DICTIONARY_BYTES = 1024 * 1024;

/**
 * The options of COPY for a file with this many flat columns and events of these types.
 * @param share of the memory that sealing uses for row groups and dictionaries
 */
export function parquetOptions(columns: number, types: readonly TypeCount[], share = 1): string {
  const sum = (key: 'events' | 'bytes'): number => types.reduce((total, count) => total + count[key], 0);
  const fittingBytes = Math.floor((share * ROW_GROUP_BYTES * sum('events')) / (sum('bytes') + 1));
  const fittingCells = Math.floor((share * ROW_GROUP_CELLS) / (columns + OTHER_COLUMNS));
  const rows = Math.max(MIN_ROW_GROUP_ROWS, Math.min(ROW_GROUP_ROWS, fittingBytes, fittingCells));
  const dictionary = Math.min(DICTIONARY_BYTES, Math.floor((share * DICTIONARIES_BYTES) / (columns + OTHER_COLUMNS)));
  return `format parquet, compression zstd, parquet_version v2, row_group_size ${rows},
    string_dictionary_page_size_limit ${dictionary}`;
}
