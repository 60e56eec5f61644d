import { join } from 'node:path';
import type { NewSegment, Segment, SegmentColumn } from '../../../catalog/segments.js';
import { quoteName, quoteText } from '../../../sql/text.js';
import { segmentStats } from '../../segment-stats.js';
import { finishFile, newSegmentFile, unfinishedFile } from '../../files.js';
import type { MergeSource } from '../../format.js';
import { IN_PAYLOAD, SEVERITY_MARK, storedNames } from './columns.js';
import { parquetFilters } from './filters.js';
import { parquetOptions } from './options.js';

/**
 * Splits segments into parts that one scan can read: all segments of a part have one format, and each column one type.
 * @param keyOf a text that all segments of a part must share
 * @param isRead false for a column that the scan does not read: its type may differ. Default: all are read.
 */
export function alike(
  segments: readonly Segment[],
  keyOf: (segment: Segment) => string = () => '',
  isRead: (column: SegmentColumn) => boolean = () => true,
): Segment[][] {
  const parts: { segments: Segment[]; key: string; columns: Record<string, SegmentColumn> }[] = [];
  for (const segment of segments) {
    const key = keyOf(segment);
    const part = parts.find(
      ({ segments: [first], key: otherKey, columns }) =>
        otherKey === key &&
        first!.format === segment.format &&
        Object.entries(segment.columns).every(([name, column]) => {
          const { type, timeFormat } = column;
          const other = columns[name];
          if (!other || type === IN_PAYLOAD || other.type === IN_PAYLOAD || !isRead(column)) return true;
          return other.type === type && other.timeFormat === timeFormat;
        }),
    );
    if (part) {
      part.segments.push(segment);
      part.columns = united([{ columns: part.columns }, segment]);
    } else parts.push({ segments: [segment], key, columns: segment.columns });
  }
  return parts.map(part => part.segments);
}

/** The union of the columns of segments that are {@link alike}. */
export function united(segments: readonly Pick<Segment, 'columns'>[]): Record<string, SegmentColumn> {
  const columns: Record<string, SegmentColumn> = Object.create(null) as Record<string, SegmentColumn>;
  for (const segment of segments) {
    for (const [name, column] of Object.entries(segment.columns)) {
      const other = columns[name];
      columns[name] = other ? unitedColumn(other, column) : column;
    }
  }
  return columns;
}

function unitedColumn(a: SegmentColumn, b: SegmentColumn): SegmentColumn {
  const stored = a.type === IN_PAYLOAD ? b : a;
  const paths = [...new Set([...a.paths, ...b.paths])];
  const isPartial = [a, b].some(column => column.isPartial === true || column.type === IN_PAYLOAD);
  const hasNegativeZeros = [a, b].some(column => column.hasNegativeZeros === true);
  const hasIdsOnly = [a, b].every(column => column.type === IN_PAYLOAD || column.hasIdsOnly === true);
  const isAsSent = [a, b].some(column => column.isAsSent === true);
  return {
    type: stored.type,
    paths,
    ...(stored.timeFormat !== undefined && { timeFormat: stored.timeFormat }),
    ...(isPartial && { isPartial }),
    ...(hasNegativeZeros && { hasNegativeZeros }),
    ...(isAsSent && { isAsSent }),
    ...(hasIdsOnly && { hasIdsOnly }),
  };
}

/** Writes the events of segments that meet a condition as one segment, in id order. */
export async function mergeParquet(source: MergeSource): Promise<NewSegment | undefined> {
  const { dir, connection, segments, condition, type, day, losesOrder = false, signal } = source;
  const columns = united(segments);
  const names = storedNames(columns);
  const files = segments.map(({ file }) => quoteText(join(dir, file))).join(', ');
  const ids = { firstId: Math.min(...segments.map(s => s.firstId)), lastId: Math.max(...segments.map(s => s.lastId)) };
  const file = newSegmentFile({ day, type, ...ids }, 'parquet');
  const unfinished = unfinishedFile(dir, file);
  const list = [
    'id',
    'stream_id',
    'received_at',
    'time',
    'type',
    'name',
    'encoding',
    'shape',
    ...names,
    ...(SEVERITY_MARK in columns ? ['severity'] : []),
    ...(segments[0]!.format === 1 ? [] : ['payload^patch']),
    'payload_sent',
  ];
  const isOrdered = !losesOrder && segments.every((segment, i) => i === 0 || segments[i - 1]!.lastId < segment.firstId);
  await connection.run(
    `copy (
       select ${list.map(quoteName).join(', ')}
       from read_parquet([${files}], union_by_name = true, hive_partitioning = false)
       where ${condition} ${isOrdered ? '' : 'order by id'}
     ) to ${quoteText(unfinished)} (${parquetOptions(
       names.length,
       segments.flatMap(({ types }) => Object.values(types)),
     )})`,
  );
  const stats = await segmentStats(connection, `read_parquet(${quoteText(unfinished)})`, segments);
  if (!stats) return undefined;
  const attributes = source.catalog.attributes();
  const filters = await parquetFilters(connection, { file: unfinished, columns, attributes, ...stats, signal });
  const { bytes, checksum } = await finishFile(dir, unfinished, file);
  const shapes = [...new Set(segments.flatMap(segment => segment.shapes))];
  const tier = Math.max(...segments.map(segment => segment.tier));
  return { kind: 'parquet', file, day, tier, bytes, checksum, columns, shapes, filters, ...stats };
}
