import type { DuckDBConnection } from '@duckdb/node-api';
import type { Micros } from '../../../../core/duration.js';
import type { Attribute, ComputedColumn } from '../../../../core/attribute.js';
import type { SegmentColumn } from '../../../catalog/segments.js';
import { candidatesAmong } from '../../../sql/candidates.js';
import { coreColumn, ID_COLUMNS, isBlankId } from '../../../sql/core-columns.js';
import { quoteName, quoteText } from '../../../sql/text.js';
import { readTime, type ColumnStatistics, type FindStatistics } from './statistics.js';

/**
 * The names of text columns that give core columns of ids.
 * @param ids the core columns
 */
export function idColumns(
  columns: Readonly<Record<string, SegmentColumn>>,
  attributes: readonly Attribute[],
  ids: readonly ComputedColumn[] = ID_COLUMNS,
): string[] {
  const find = candidatesAmong(attributes);
  const candidates = ids.flatMap(name => coreColumn(name, find).candidates);
  const paths = new Set(candidates.map(({ path }) => JSON.stringify(path)));
  return Object.entries(columns).flatMap(([name, column]) =>
    column.type === 'VARCHAR' && column.paths.some(path => paths.has(path)) ? [name] : [],
  );
}

/**
 * The names of the columns of texts that may be searched for one id: those of the ids of traces and spans, and others.
 * Parents of spans are neither: they are found by their traces.
 */
export function searchedIds(
  columns: Readonly<Record<string, SegmentColumn>>,
  attributes: readonly Attribute[],
): { known: string[]; others: string[] } {
  const complete = Object.keys(columns).filter(name => isCompleteText(columns[name]!));
  const [known, all] = [idColumns(columns, attributes, ['trace_id', 'span_id']), idColumns(columns, attributes)];
  return {
    known: complete.filter(name => known.includes(name)),
    others: complete.filter(name => !all.includes(name)),
  };
}

/** True for a column that has, as text, each value that an event of the segment has at its paths. */
export function isCompleteText({ type, isPartial, timeFormat }: SegmentColumn): boolean {
  return type === 'VARCHAR' && isPartial !== true && timeFormat === undefined;
}

/** The properties of a group that only its written file tells. */
export interface WrittenFacts {
  /** The least and greatest time of an event; null when no event has one. */
  readonly timeFrom: Micros | null;
  readonly timeTo: Micros | null;
  /** The columns of ids in which some text is blank. */
  readonly blank: ReadonlySet<string>;
}

/**
 * Finds these facts in the statistics of the file where they tell, else reads the file.
 * @param ids see {@link idColumns}.
 */
export async function writtenFacts(
  connection: DuckDBConnection,
  file: string,
  ids: readonly string[],
  statistics: FindStatistics,
): Promise<WrittenFacts> {
  const times = statistics('time');
  const [timeFrom, timeTo] = [readTime(times?.min), readTime(times?.max)];
  const isTold = timeFrom !== undefined && timeTo !== undefined && ids.every(name => hasNoBlank(statistics(name)));
  return isTold ? { timeFrom, timeTo, blank: new Set() } : readFacts(connection, file, ids);
}

/**
 * True when a column of texts surely has none that is blank: a text of zeros only is less than one that has a later
 * character after its zeros.
 */
function hasNoBlank(statistics: ColumnStatistics | undefined): boolean {
  if (statistics?.min === undefined) return statistics?.isNull === true;
  const rest = statistics.min.replace(/^0+/, '');
  return rest !== '' && rest > '0';
}

async function readFacts(connection: DuckDBConnection, file: string, ids: readonly string[]): Promise<WrittenFacts> {
  const tests = ids.map(name => `, coalesce(bool_or(${isBlankId(quoteName(name))}), false)`);
  const reader = await connection.runAndReadAll(
    `select epoch_us(min("time") filter (isfinite("time")))::double, epoch_us(max("time") filter (isfinite("time")))::double
       ${tests.join('')} from read_parquet(${quoteText(file)})`,
  );
  const [timeFrom, timeTo, ...isBlank] = reader.getRows()[0]!;
  return {
    timeFrom: timeFrom as number | null,
    timeTo: timeTo as number | null,
    blank: new Set(ids.filter((_, i) => isBlank[i] !== false)),
  };
}

/**
 * Marks columns of ids without blank ids. The view reads these columns directly, so that a filter on an id uses the
 * statistics and the Bloom filters of the file.
 */
export function markIds(
  columns: Readonly<Record<string, SegmentColumn>>,
  ids: readonly string[],
  blank: ReadonlySet<string>,
): Readonly<Record<string, SegmentColumn>> {
  const marked = { ...columns };
  for (const name of ids) if (!blank.has(name)) marked[name] = { ...columns[name]!, hasIdsOnly: true };
  return marked;
}
