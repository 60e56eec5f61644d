import { faultPoint } from '../../../core/fault-point.js';
import type { Catalog } from '../../catalog/catalog.js';
import type { JournalReader } from '../../journal/reader.js';
import type { NewSegment } from '../../catalog/segments.js';
import { coreColumns, selectWithCore } from '../../sql/core-columns.js';
import { checkWritten, type Written } from '../check/check-written.js';
import type { Engine } from '../engine.js';
import { chooseVariants, BatchShapes } from '../../shape/batch-shapes.js';
import { EVENTS_TABLE, groupEvents } from '../segment-groups.js';
import type { ArchiveKind } from '../format.js';
import { MEMORY_FACTOR } from '../memory.js';
import { loadRows, ROWS_TABLE } from '../event-rows.js';

/** Events sealed at once at most: enough for files worth having, few enough for the memory that it takes. */
export const MAX_BATCH_EVENTS = 65_536;

/** The parts of a store that work on the archive needs, for the holder of its lock. */
export interface ArchiveContext {
  readonly dir: string;
  readonly catalog: Catalog;
  readonly reader: JournalReader;
  readonly engine: Engine;
  readonly signal: AbortSignal;
}

/** One batch that was sealed. */
export interface SealedBatch {
  readonly events: number;
  readonly segments: readonly NewSegment[];
  /** The id up to which all is sealed now. */
  readonly lastId: number;
}

/**
 * Seals the oldest events of the journal as one batch: writes segments, then registers them in one transaction together
 * with the id up to which rows of the journal no longer count. The rows are deleted later: see SealedRows.trim. A crash
 * before the transaction leaves unregistered files, which the next start sweeps; after it, rows that are never read,
 * which the next start deletes.
 * @param upToId the last event to seal.
 * @param maxEvents the maximum number of events in the batch.
 * @returns undefined when nothing is left to seal.
 * @throws any error of DuckDB, the disk or SQLite; the journal is then unchanged.
 */
export async function sealBatch(
  context: ArchiveContext,
  kind: ArchiveKind,
  upToId: number,
  maxEvents = MAX_BATCH_EVENTS,
): Promise<SealedBatch | undefined> {
  const { catalog, reader, engine, dir, signal } = context;
  const connection = await engine.connection();
  // No snapshot: whoever holds the archive's lock is the only one who seals or removes rows, and no row ever changes. The
  // attributes of events up to upToId are registered, since the caller has read that id.
  const attributes = reader.attributes();
  const paths = new Set(attributes.flatMap(attribute => attribute.paths.map(path => JSON.stringify(path))));
  const batchShapes = new BatchShapes(path => paths.has(JSON.stringify(path)));
  const afterId = reader.sealedId();
  const loaded = await loadRows(connection, reader, batchShapes, { afterId, upToId, maxEvents });
  if (loaded.events === 0) return undefined;
  await engine.makeRoom(MEMORY_FACTOR * loaded.heavyBytes);
  await connection.run(
    `create or replace temp table ${EVENTS_TABLE} as ${selectWithCore(
      coreColumns(attributes),
      'id, stream_id, received_at, payload, "encoding", sent, form, strftime(received_at, \'%Y-%m-%d\') as day',
      `(select * replace (make_timestamptz(received_at) as received_at,
        if(sent is null, "encoding", 'surrogate') as "encoding") from ${ROWS_TABLE})`,
    )}`,
  );
  await connection.run(`drop table ${ROWS_TABLE}`);
  await kind.begin?.({ dir, connection, catalog, signal });
  if (kind.usesShapes === true) chooseVariants(batchShapes.all, catalog.styledShapes());
  const place = { dir, connection, catalog, signal };
  const written: Written[] = [];
  for (const group of await groupEvents(connection)) {
    written.push({ group, segment: await kind.write({ ...place, group, batchShapes: batchShapes.all, attributes }) });
    faultPoint('seal:written');
  }
  await checkWritten(place, written[Math.floor(Math.random() * written.length)]!, attributes);
  const segments = written.map(({ segment }) => segment);
  await connection.run(`drop table ${EVENTS_TABLE}`);
  const events = segments.reduce((sum, segment) => sum + segment.events, 0);
  if (events !== loaded.events)
    throw new Error(`${loaded.events} events were to be sealed, but ${events} were written`);
  const { lastId, lastReceivedAt: receivedAt, eventIds } = loaded;
  faultPoint('seal:before-change');
  catalog.change({ add: segments, sealing: { lastId, receivedAt, eventIds } });
  faultPoint('seal:after-change');
  return { events: loaded.events, segments, lastId };
}
