import type { DuckDBConnection, DuckDBResultReader } from '@duckdb/node-api';
import type { Attribute } from '../../../../core/attribute.js';
import type { SegmentColumn } from '../../../catalog/segments.js';
import { ExtractedTexts } from '../../../sql/extracted-texts.js';
import { quoteName, quoteText } from '../../../sql/text.js';
import type { BatchShape } from '../../../shape/batch-shapes.js';
import type { Micros } from '../../../../core/duration.js';
import type { Group } from '../../segment-groups.js';
import { SEVERITY_MARK, storedNames } from './columns.js';
import { compared } from './compare.js';
import { columnsOf, flatColumns, shapeRowsOf, objectsOf, signColumn, TEXTS_LIST, timed } from './flat-columns.js';
import { groupCore } from './group-core.js';
import { idColumns, markIds, writtenFacts } from './ids.js';
import { readStatistics } from './statistics.js';
import { parquetOptions } from './options.js';
import { PATCH_COLUMN } from './rebuild.js';
import { finder, listsAsSent, numberedShapes } from './shapes.js';
import { withSharedTypes } from './shared-type.js';
import { isUnusualTime } from '../../../sql/time-column.js';

/** The events of a Parquet file to write. */
export interface ParquetSource {
  readonly group: Group;
  readonly batchShapes: readonly BatchShape[];
  readonly attributes: readonly Attribute[];
  /** Numbers shapes. Omits those that the catalog does not take because it is full. */
  readonly number: (shapes: readonly string[]) => ReadonlyMap<string, number>;
}

/** The flat columns and shapes of a written file, and between which times its events lie. */
export interface ParquetContents {
  readonly columns: Readonly<Record<string, SegmentColumn>>;
  readonly shapes: readonly number[];
  readonly timeFrom: Micros | null;
  readonly timeTo: Micros | null;
}

/**
 * Writes the group's events to a Parquet file: core columns, flat columns, `shape`, patches, and `payload_sent`. The
 * statement rebuilds each event, and `payload_sent` is NULL when that gives exactly the sent bytes. The rows keep the
 * order of the group, by id: sorting would hold them all in memory.
 */
export async function writeParquet(
  connection: DuckDBConnection,
  { group, batchShapes, attributes, number }: ParquetSource,
  file: string,
): Promise<ParquetContents> {
  const ofGroup = shapeRowsOf(group, batchShapes);
  const ownTypes = await timed(connection, ofGroup, group, await columnsOf(connection, ofGroup, group, attributes));
  const typed = await withSharedTypes(connection, group, ownTypes, attributes);
  const lists = listsAsSent(ofGroup, typed);
  const columns = lists.mark(typed);
  const shapes = numberedShapes(ofGroup, group.events, finder(columns), number);
  const names = storedNames(columns);
  const copy = (isUsual: boolean): Promise<DuckDBResultReader> => {
    const texts = new ExtractedTexts(TEXTS_LIST);
    const core = group.hasCore ? '' : `, ${groupCore(group, ofGroup, attributes, texts, isUsual)}`;
    const list = flatColumns(columns, objectsOf(ofGroup), { doubles: signColumn, listText: lists.text, texts });
    const rows = `(select id, stream_id, received_at, "time", "type", "name", "severity", "encoding", payload, form as "payload^form",
      sent as "payload^sent" ${list.columns}
    from (select * ${core} from (select * ${list.values} ${lists.values} from ${group.rows})))`;
    const { source, shape, sent } = compared(rows, shapes, finder(columns));
    return connection.runAndReadAll(
      `copy (
       select id, stream_id, received_at, "time", "type", "name",
         case when "payload^sent" is null then "encoding" else 'surrogate' end as "encoding",
         ${SEVERITY_MARK in columns ? '"severity",' : ''} ${shape} as shape, ${names.map(name => `${quoteName(name)},`).join(' ')}
         ${PATCH_COLUMN}, ${sent} as payload_sent
       from ${source}
     ) to ${quoteText(file)} (${parquetOptions(names.length, Object.values(group.types))}, return_stats)`,
    );
  };
  const written = await copy(true).catch((error: unknown) => {
    if (isUnusualTime(error)) return copy(false);
    throw error;
  });
  const ids = idColumns(columns, attributes);
  const { blank, ...times } = await writtenFacts(connection, file, ids, readStatistics(written));
  return {
    ...times,
    columns: markIds(columns, ids, blank),
    shapes: shapes.map(({ number: shapeNumber }) => shapeNumber),
  };
}
