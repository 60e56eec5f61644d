import type { DuckDBConnection } from '@duckdb/node-api';
import type { Attribute } from '../../../../core/attribute.js';
import type { ColumnFilter, SegmentFilters } from '../../../catalog/segment-filters.js';
import type { SegmentColumn } from '../../../catalog/segments.js';
import { quoteName, quoteText } from '../../../sql/text.js';
import { encodeFilter, type FilterBlock } from '../../filters/column-filter.js';
import { buildFuseFilter } from '../../filters/fuse-filter.js';
import { KeySet } from '../../filters/key-set.js';
import { hashHalves, textHash, textKeys } from '../../filters/text-keys.js';
import { idColumns, searchedIds } from './ids.js';

/** Segments with fewer events have no filters: a merge of them is due before they cost a query much. */
export const MIN_FILTERED_EVENTS = 1000;

/**
 * Bits of a fingerprint for ids of traces: one block in 16 is read in vain. Other ids are searched for less often: one in
 * four. A key takes an eighth more bits. With four kinds of ids, each in every third event, more bits would add more than
 * 1 % to an archive.
 */
const TRACE_BITS = 4;
const OTHER_BITS = 2;

/** The same in files with few events, for which DuckDB plans longer than it reads: one in 256 is opened in vain. */
const SMALL_FILE_BITS = 8;
const SMALL_FILE_EVENTS = 20_000;

/** Row groups with fewer rows share a filter: a small filter takes more bits for each key. */
const MIN_BLOCK_ROWS = 50_000;

/** The most that the lengths of the texts of ids may differ by, as a ratio. Those of paths differ by more. */
const MAX_LENGTH_RATIO = 2;

/** The longest text that is an id, in bytes: twice a SHA-256 in hex. */
const MAX_ID_BYTES = 128;

/** The share of a block's texts that are different, at least, in a column that DuckDB has given no dictionary. */
const MIN_DISTINCT_SHARE = 0.25;

/** A text that begins as a date does (ISO 8601): searches for one exact time are rare. */
const DATE = String.raw`^\d{4}-?\d\d-?\d\dT?`;

/** A file of a segment, with what the catalog knows of it. */
export interface FilteredFile {
  /** The path. */
  readonly file: string;
  readonly columns: Readonly<Record<string, SegmentColumn>>;
  readonly events: number;
  readonly attributes: readonly Attribute[];
  readonly signal?: AbortSignal | undefined;
}

/** Rows of a file with consecutive ids. */
interface Block {
  readonly firstId: number;
  readonly lastId: number;
  readonly rows: number;
}

/** Reads a file, and makes the filters of its columns of ids: those of traces and spans, and others that look like ids. */
export async function parquetFilters(connection: DuckDBConnection, source: FilteredFile): Promise<SegmentFilters> {
  const { version } = await textKeys(connection, []);
  if (source.events < MIN_FILTERED_EVENTS) return { version, columns: [] };
  const { blocks, plain } = await readFooter(connection, source.file);
  const columns: ColumnFilter[] = [];
  // A row outside of the blocks would be hidden.
  if (blocks.reduce((sum, { rows }) => sum + rows, 0) !== source.events) return { version, columns };
  const traces = idColumns(source.columns, source.attributes, ['trace_id']);
  for (const column of await filteredColumns(connection, source, plain, blocks[0])) {
    const largeBits = traces.includes(column) ? TRACE_BITS : OTHER_BITS;
    const bits = source.events < SMALL_FILE_EVENTS ? SMALL_FILE_BITS : largeBits;
    const filter = await columnFilter(connection, source, { column, bits }, blocks);
    if (filter) columns.push({ column, filter });
  }
  return { version, columns };
}

/** The blocks of a file, and the names of the columns without dictionaries. A dictionary has a Bloom filter in the file. */
async function readFooter(
  connection: DuckDBConnection,
  file: string,
): Promise<{ blocks: Block[]; plain: ReadonlySet<string> }> {
  const footer = `parquet_metadata(${quoteText(file)})`;
  const groups = await connection.runAndReadAll(
    `select stats_min_value::double, stats_max_value::double, row_group_num_rows::double
     from ${footer} where path_in_schema = 'id' and stats_min_value is not null and stats_max_value is not null
     order by row_group_id`,
  );
  const blocks: Block[] = [];
  for (const [firstId, lastId, rows] of groups.getRows() as [number, number, number][]) {
    const last = blocks.at(-1);
    if (!last || last.rows >= MIN_BLOCK_ROWS) blocks.push({ firstId, lastId, rows });
    else {
      blocks[blocks.length - 1] = {
        firstId: Math.min(last.firstId, firstId),
        lastId: Math.max(last.lastId, lastId),
        rows: last.rows + rows,
      };
    }
  }
  const plain = await connection.runAndReadAll(
    `select path_in_schema from ${footer} group by all having not bool_or(encodings like '%DICTIONARY%')`,
  );
  return { blocks, plain: new Set(plain.getRows().map(([name]) => String(name))) };
}

/** The names of the columns that get filters. */
async function filteredColumns(
  connection: DuckDBConnection,
  { file, columns, attributes }: FilteredFile,
  plain: ReadonlySet<string>,
  block: Block | undefined,
): Promise<string[]> {
  const { known, others } = searchedIds(columns, attributes);
  const candidates = others.filter(name => plain.has(name));
  if (!block || candidates.length === 0) return known;
  const tests = candidates.map(candidate => {
    const name = quoteName(candidate);
    return `count(${name}) > 0 and max(strlen(${name})) <= least(${MAX_ID_BYTES}, ${MAX_LENGTH_RATIO} * min(strlen(${name})))
      and approx_count_distinct(${name}) >= ${MIN_DISTINCT_SHARE} * count(${name})
      and not regexp_matches(min(${name}), ${quoteText(DATE)}) and not bool_or(contains(${name}, ' '))`;
  });
  const measured = await connection.runAndReadAll(`select ${tests.join(', ')} from ${rowsOf(file, block)}`);
  const row = measured.getRows()[0] ?? [];
  return [...known, ...candidates.filter((_, i) => row[i] === true)];
}

function rowsOf(file: string, { firstId, lastId }: Block): string {
  return `(select * from read_parquet(${quoteText(file)}, hive_partitioning = false) where id between ${firstId} and ${lastId})`;
}

/** The filter of a column; undefined when it has no text, or a block without a filter. */
async function columnFilter(
  connection: DuckDBConnection,
  { file, signal }: FilteredFile,
  { column, bits }: { readonly column: string; readonly bits: number },
  blocks: readonly Block[],
): Promise<Uint8Array | undefined> {
  const keys = new KeySet(Math.max(...blocks.map(({ rows }) => rows)));
  const filtered: FilterBlock[] = [];
  let hasTexts = false;
  for (const block of blocks) {
    signal?.throwIfAborted();
    keys.clear();
    const name = quoteName(column);
    const result = await connection.stream(
      `select ${hashHalves('hash')} from (select ${textHash(name)} as hash from ${rowsOf(file, block)} where ${name} is not null)`,
    );
    for (let chunk; (chunk = await result.fetchChunk()) && chunk.rowCount > 0;) {
      const { rowCount } = chunk;
      const [lows, highs] = [chunk.getColumnVector(0), chunk.getColumnVector(1)];
      for (let i = 0; i < rowCount; i++) keys.add(lows.getItem(i) as number, highs.getItem(i) as number);
    }
    hasTexts ||= keys.size > 0;
    const filter = buildFuseFilter(keys, bits);
    if (!filter) return undefined;
    filtered.push({ firstId: block.firstId, lastId: block.lastId, filter });
  }
  return hasTexts ? encodeFilter(filtered) : undefined;
}
