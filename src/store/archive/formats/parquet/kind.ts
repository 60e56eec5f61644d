import { join } from 'node:path';
import { describeGroup } from '../../segment-stats.js';
import { finishFile, newSegmentFile, unfinishedFile } from '../../files.js';
import type { ArchiveKind } from '../../format.js';
import { parquetFilters } from './filters.js';
import { parquetLacks, parquetTexts } from './lacks.js';
import { alike, mergeParquet } from './merge.js';
import { parquetSelects, parquetSent } from './view.js';
import { writeParquet } from './write.js';

/** Zstd-compressed Parquet with flat columns, from which each event is rebuilt. */
export const parquetKind: ArchiveKind = {
  name: 'parquet',
  usesShapes: true,
  async write({ dir, connection, catalog, group, batchShapes, attributes }) {
    const file = newSegmentFile(group, 'parquet');
    const unfinished = unfinishedFile(dir, file);
    const source = {
      group,
      batchShapes,
      attributes,
      number: (shapes: readonly string[]) => catalog.numberShapes(shapes),
    };
    const contents = await writeParquet(connection, source, unfinished);
    const { bytes, checksum } = await finishFile(dir, unfinished, file);
    return { ...describeGroup(group), kind: 'parquet', file, bytes, checksum, ...contents };
  },
  mergeable: segments => alike(segments),
  merge: mergeParquet,
  selects: parquetSelects,
  lacks: parquetLacks,
  texts: parquetTexts,
  filters: ({ dir, connection, catalog, signal }, segment) =>
    parquetFilters(connection, {
      file: join(dir, segment.file),
      columns: segment.columns,
      events: segment.events,
      attributes: catalog.attributes(),
      signal,
    }),
  sent: parquetSent,
};
