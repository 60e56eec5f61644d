import { join } from 'node:path';
import { rowsOf } from '../../query/result/rows.js';
import type { Predicate } from '../../query/predicate.js';
import type { Session } from '../../query/session.js';
import { quoteName, quoteText } from '../../store/sql/text.js';
import type { ExportColumn } from './request.js';
import { parquetOptionsOf } from './parquet-rows.js';
import { isCore, rowsSql } from './rows.js';

/** The rows of an export in one Parquet file, from which the files of many partitions are written. */
export interface StagedRows {
  readonly file: string;
  /** Selects from the file. */
  readonly predicate: Predicate;
  /** The columns of a type: core columns, and those that its events have values in. */
  columnsOf(type: string | undefined): readonly ExportColumn[];
}

/** Column for the types of events. */
const TYPE: ExportColumn = { name: 'type', type: 'VARCHAR' };

/**
 * Writes the rows in view to a file in a folder that the session may write. What takes long is to compute the columns of
 * an event from the journal's JSON, or its JSON from a segment's columns.
 */
export async function stageRows(
  session: Session,
  predicate: Predicate | undefined,
  columns: readonly ExportColumn[],
  folder: string,
): Promise<StagedRows> {
  const file = join(folder, 'staged.parquet');
  const all = columns.some(({ name }) => name === TYPE.name) ? columns : [...columns, TYPE];
  const sql = rowsSql({ columns: all, attributes: session.attributes, predicate, form: 'json-as-text' });
  await session.copyTo(file, sql, { parquet: parquetOptionsOf(session, all) });
  const source = `read_parquet(${quoteText(file)}, hive_partitioning = false)`;
  const filled = await filledColumns(session, source, columns);
  return {
    file,
    predicate: { source, sql: 'true', missing: [] },
    columnsOf: type =>
      columns
        .filter(column => isCore(column) || type === undefined || filled.get(type)?.has(column.name) === true)
        .map(({ name, type: of }) => ({ name, type: of, sql: quoteName(name) })),
  };
}

/** The columns that have values, by type. */
async function filledColumns(
  session: Session,
  source: string,
  columns: readonly ExportColumn[],
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const flat = columns.filter(column => !isCore(column)).map(({ name }) => name);
  const counts = flat.map(name => `, count(${quoteName(name)}) > 0`).join('');
  const rows = await rowsOf(await session.query(`select "type"${counts} from ${source} group by "type"`));
  return new Map(rows.map(([type, ...has]) => [type!, new Set(flat.filter((_, i) => has[i] === 'true'))]));
}
