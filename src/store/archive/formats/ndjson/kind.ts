import type { DuckDBConnection } from '@duckdb/node-api';
import type { Compression } from '../../../../core/archive-kind.js';
import { quoteText } from '../../../sql/text.js';
import { readable, sealable, viewOf, withCore } from '../../as-sent.js';
import { compressionOf, extensionOf } from '../../compression.js';
import { describeGroup, segmentStats, inOrder } from '../../segment-stats.js';
import { finishFile, newSegmentFile, unfinishedFile } from '../../files.js';
import type { ArchiveKind } from '../../format.js';
import { LINE, readLines } from './lines.js';

/** JSON lines: an event a line, with the bytes that were sent. */
export const ndjsonKind: ArchiveKind = {
  name: 'ndjson',
  async write({ dir, connection, catalog, group }) {
    const compression = compressionOf(catalog, 'ndjson');
    const file = newSegmentFile(group, `ndjson${extensionOf(compression)}`);
    const unfinished = unfinishedFile(dir, file);
    await writeLines(connection, `${group.rows} order by id`, unfinished, compression);
    const { bytes, checksum } = await finishFile(dir, unfinished, file);
    return { ...describeGroup(group), kind: 'ndjson', file, bytes, checksum, columns: {}, shapes: [] };
  },
  mergeable: segments => [[...segments]],
  async merge(source) {
    const { dir, connection, catalog, segments, condition, day, type, losesOrder = false } = source;
    const rows = `(${withCore(catalog.attributes(), sealable(readLines(dir, segments)))}) where ${condition}`;
    const stats = await segmentStats(connection, rows, segments);
    if (!stats) return undefined;
    const compression = compressionOf(catalog, 'ndjson');
    const file = newSegmentFile({ ...stats, day, type }, `ndjson${extensionOf(compression)}`);
    const unfinished = unfinishedFile(dir, file);
    await writeLines(
      connection,
      `${rows} ${!losesOrder && inOrder(segments) ? '' : 'order by id'}`,
      unfinished,
      compression,
    );
    const { bytes, checksum } = await finishFile(dir, unfinished, file);
    const tier = Math.max(...segments.map(segment => segment.tier));
    return { ...stats, kind: 'ndjson', file, day, tier, bytes, checksum, columns: {}, shapes: [] };
  },
  sent: ({ dir, segments }) => readLines(dir, segments),
  selects: view => [viewOf(view, readable(readLines(view.dir, view.segments)), [])],
};

/** Writes one unquoted text column, so that each row is its text and a line break. */
async function writeLines(
  connection: DuckDBConnection,
  rows: string,
  file: string,
  compression: Compression,
): Promise<void> {
  await connection.run(
    `copy (select ${LINE} from ${rows})
     to ${quoteText(file)} (format csv, header false, delim '', quote '', escape '', compression ${compression})`,
  );
}
