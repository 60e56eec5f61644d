import type { DuckDBConnection } from '@duckdb/node-api';
import type { Compression } from '../../../../core/archive-kind.js';
import { quoteName, quoteText } from '../../../sql/text.js';
import { ENCODING_SENT, isoTime, readable, viewsOf } from '../../as-sent.js';
import { compressionOf, extensionOf } from '../../compression.js';
import { describeGroup, segmentStats, inOrder } from '../../segment-stats.js';
import { finishFile, newSegmentFile, unfinishedFile } from '../../files.js';
import type { ArchiveKind } from '../../format.js';
import { isHidden } from '../parquet/columns.js';
import { columnsOf, flatColumns, shapeRowsOf, objectsOf } from '../parquet/flat-columns.js';
import { flatNames, readParts, readTables } from './table.js';

/** CSV files (RFC 4180) with a header: core columns, flat columns, then the payload as sent. */
export const csvKind: ArchiveKind = {
  name: 'csv',
  async write({ dir, connection, catalog, group, batchShapes, attributes }) {
    const ofGroup = shapeRowsOf(group, batchShapes);
    const columns = Object.fromEntries(
      Object.entries(await columnsOf(connection, ofGroup, group, attributes)).filter(
        ([name]) => !isHidden(name.toLowerCase()),
      ),
    );
    const flat = flatColumns(columns, objectsOf(ofGroup));
    const compression = compressionOf(catalog, 'csv');
    const file = newSegmentFile(group, `csv${extensionOf(compression)}`);
    const unfinished = unfinishedFile(dir, file);
    await writeTable(
      connection,
      `select id, stream_id, received_at, "time", "type", "name", ${ENCODING_SENT} as "encoding" ${flat.columns},
         coalesce(sent, payload) as payload
       from (select * ${flat.values} from ${group.rows}) order by id`,
      unfinished,
      compression,
    );
    const { bytes, checksum } = await finishFile(dir, unfinished, file);
    return { ...describeGroup(group), kind: 'csv', file, bytes, checksum, columns, shapes: [] };
  },
  mergeable: segments => [[...segments]],
  async merge(source) {
    const { dir, connection, catalog, segments, condition, day, type, losesOrder = false } = source;
    const rows = `(${readTables(dir, segments)}) where ${condition}`;
    const stats = await segmentStats(connection, rows, segments);
    if (!stats) return undefined;
    const columns = Object.fromEntries(segments.flatMap(segment => Object.entries(segment.columns)));
    const list = flatNames({ columns }).map(name => `${quoteName(name)}, `);
    const compression = compressionOf(catalog, 'csv');
    const file = newSegmentFile({ ...stats, day, type }, `csv${extensionOf(compression)}`);
    const unfinished = unfinishedFile(dir, file);
    await writeTable(
      connection,
      `select id, stream_id, received_at, "time", "type", "name", "encoding", ${list.join('')} payload
       from ${rows} ${!losesOrder && inOrder(segments) && readParts(dir, segments).length === 1 ? '' : 'order by id'}`,
      unfinished,
      compression,
    );
    const { bytes, checksum } = await finishFile(dir, unfinished, file);
    const tier = Math.max(...segments.map(segment => segment.tier));
    return { ...stats, kind: 'csv', file, day, tier, bytes, checksum, columns, shapes: [] };
  },
  sent: ({ dir, segments }) =>
    `select id, stream_id, received_at, payload, "encoding" from (${readTables(dir, segments)})`,
  selects: view => viewsOf(view, segments => readParts(view.dir, segments).map(readable)),
};

async function writeTable(
  connection: DuckDBConnection,
  rows: string,
  file: string,
  compression: Compression,
): Promise<void> {
  await connection.run(
    `copy (select * replace (${isoTime('received_at')} as received_at, ${isoTime('"time"')} as "time") from (${rows}))
     to ${quoteText(file)} (format csv, header true, delim ',', quote '"', escape '"', compression ${compression})`,
  );
}
