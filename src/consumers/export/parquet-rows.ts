import type { Predicate } from '../../query/predicate.js';
import type { Session } from '../../query/session.js';
import { parquetOptions } from '../../store/archive/formats/parquet/options.js';
import { presentAttributes } from '../../store/archive/formats/parquet/present.js';
import type { TypeCount } from '../../store/catalog/segments.js';
import type { ExportColumn, ExportPart } from './request.js';
import { isCore, rowsSql } from './rows.js';

/** The events that a Parquet file is written of: those in view that meet a condition. */
export interface ParquetRows {
  readonly session: Session;
  readonly predicate: Predicate | undefined;
  readonly columns: readonly ExportColumn[];
  readonly condition?: string | undefined;
  /** The one type of the events; their file then has only columns that events of this type have. */
  readonly type?: string | undefined;
  /** The ids of the events in view. */
  readonly part: ExportPart;
}

/** Events of unknown size are taken for large ones. */
const UNKNOWN_SIZE: TypeCount = { events: 1, bytes: 1024 };

/**
 * The share of the memory that sealing uses for row groups: sealing writes one type at a time on one thread, an export
 * the columns of all types on several. With it, 10M events take less than 300 MB in all.
 */
const SHARE = 0.1;

/** Writes a Parquet file. Returns the number of rows. */
export async function parquetRows(rows: ParquetRows, file: string): Promise<number> {
  const { session, predicate, condition, type } = rows;
  const columns = type === undefined ? rows.columns : columnsOf(rows, type);
  const { attributes } = session;
  const sql = rowsSql({
    columns,
    attributes,
    predicate,
    form: 'json-as-text',
    ...(condition !== undefined && { condition }),
  });
  return session.copyTo(file, sql, { parquet: parquetOptionsOf(session, columns) });
}

/** The options of COPY for a file with these columns of the events in view. */
export function parquetOptionsOf(session: Session, columns: readonly ExportColumn[]): string {
  const sizes = session.plan.segments.flatMap(({ types }) => Object.values(types));
  const flat = columns.filter(column => !isCore(column)).length;
  return parquetOptions(flat, sizes.length === 0 ? [UNKNOWN_SIZE] : sizes, SHARE);
}

/** The columns that events of a type in view may have values in. */
function columnsOf({ session, columns, part }: ParquetRows, type: string): readonly ExportColumn[] {
  const { segments, skipped } = session.plan;
  // The statement before this one may have skipped segments for its own conditions.
  const ofType = [...segments, ...skipped].filter(
    ({ types, firstId, lastId }) => Object.hasOwn(types, type) && lastId > part.afterId && firstId <= part.toId,
  );
  const present = session.showsJournal ? undefined : presentAttributes(ofType, session.registered);
  return present === undefined ? columns : columns.filter(column => isCore(column) || present.has(column.name));
}
