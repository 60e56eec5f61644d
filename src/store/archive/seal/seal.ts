import type { DuckDBConnection } from '@duckdb/node-api';
import type { Attribute } from '../../../core/attribute.js';
import { faultPoint } from '../../../core/fault-point.js';
import type { Catalog } from '../../catalog/catalog.js';
import type { JournalReader } from '../../journal/reader.js';
import type { NewSegment } from '../../catalog/segments.js';
import { coreColumns, selectWithCore } from '../../sql/core-columns.js';
import { checkWritten, type Written } from '../check/check-written.js';
import type { Engine } from '../engine.js';
import { chooseVariants, BatchShapes } from '../../shape/batch-shapes.js';
import { EVENTS_TABLE, groupEvents, groupLines, type Group } from '../segment-groups.js';
import type { ArchiveKind, SegmentSource } from '../format.js';
import { MAX_BATCH_BYTES, MAX_LINES_BYTES, MEMORY_FACTOR } from '../memory.js';
import { loadRows, ROWS_TABLE } from '../event-rows.js';
import { EventTypes } from '../event-types.js';
import { LineFiles, lineRows } from '../line-files.js';
import { loadLines, type LoadedLines } from '../load-lines.js';

/** Events sealed at once at most: enough for files worth having, few enough for the memory that it takes. */
export const MAX_BATCH_EVENTS = 65_536;

/** The same for kinds that take events from files of lines. More would take more memory in DuckDB's row groups. */
const MAX_LINES_EVENTS = 2 * MAX_BATCH_EVENTS;

/** The maximum number of events of a batch. */
export function maxBatchEvents({ usesShapes }: ArchiveKind): number {
  return usesShapes === true ? MAX_LINES_EVENTS : MAX_BATCH_EVENTS;
}

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

/** Events of the journal to load as a batch. */
export interface BatchRange {
  readonly afterId: number;
  /** The last event to seal. */
  readonly upToId: number;
  readonly maxEvents: number;
}

/** A batch that was read from the journal and is not yet written. */
export interface LoadedBatch {
  readonly range: BatchRange;
  /** Without events when the first is too large for lines. */
  readonly lines: LoadedLines;
  readonly batchShapes: BatchShapes;
  readonly attributes: readonly Attribute[];
}

/**
 * Seals the oldest events of the journal as one batch: see {@link loadBatch} and {@link writeBatch}.
 * @param upToId the last event to seal.
 * @param maxEvents the maximum number of events in the batch.
 * @returns undefined when nothing is left to seal.
 * @throws any error of DuckDB, the disk or SQLite; the journal is then unchanged.
 */
export async function sealBatch(
  context: ArchiveContext,
  kind: ArchiveKind,
  upToId: number,
  maxEvents = maxBatchEvents(kind),
): Promise<SealedBatch | undefined> {
  const files = new LineFiles(context.dir, 'a');
  try {
    const batch = await loadBatch(context, kind, { afterId: context.reader.sealedId(), upToId, maxEvents }, files);
    return batch && (await writeBatch(context, kind, batch));
  } finally {
    files.close();
  }
}

/**
 * Reads events into `files`. They must not be used again before the batch is written.
 * @returns undefined when nothing is left.
 */
export async function loadBatch(
  { reader }: ArchiveContext,
  kind: ArchiveKind,
  range: BatchRange,
  files: LineFiles,
): Promise<LoadedBatch | undefined> {
  // No snapshot: whoever holds the archive's lock is the only one who seals or removes rows, and no row ever changes. The
  // attributes of events up to upToId are registered, since the caller has read that id.
  const attributes = reader.attributes();
  const paths = new Set(attributes.flatMap(attribute => attribute.paths.map(path => JSON.stringify(path))));
  const batchShapes = new BatchShapes(path => paths.has(JSON.stringify(path)));
  const isDivided = kind.usesShapes === true;
  const lines = await loadLines({
    ...range,
    reader,
    files,
    batchShapes,
    types: isDivided ? new EventTypes(attributes) : undefined,
    maxBytes: isDivided ? MAX_LINES_BYTES : MAX_BATCH_BYTES,
  });
  return lines.events === 0 && !lines.isNextLarge ? undefined : { range, lines, batchShapes, attributes };
}

/**
 * Writes segments of a batch, then registers them in one transaction together with the id up to which rows of the
 * journal no longer count. The rows are deleted later: see journal/trim.ts. A crash before the transaction leaves
 * unregistered files, which the next start sweeps; after it, rows that are never read, which the next start deletes.
 */
export async function writeBatch(context: ArchiveContext, kind: ArchiveKind, batch: LoadedBatch): Promise<SealedBatch> {
  const loaded =
    batch.lines.events > 0
      ? batch.lines
      : await loadRows(await context.engine.connection(), context.reader, batch.batchShapes, batch.range);
  const segments = await writeSegments(context, kind, { ...batch, loaded });
  const { events, lastId, lastReceivedAt: receivedAt, eventIds } = loaded;
  faultPoint('seal:before-change');
  context.catalog.change({ add: segments, sealing: { lastId, receivedAt, eventIds } });
  faultPoint('seal:after-change');
  return { events, segments, lastId };
}

/** A batch in lines, or without events in them, in the engine's table of rows. */
export interface BatchToWrite extends Pick<LoadedBatch, 'lines' | 'batchShapes' | 'attributes'> {
  readonly loaded: Pick<LoadedLines, 'events' | 'heavyBytes'>;
}

/**
 * Writes segments of a batch, which count once they are registered.
 * @throws any error of DuckDB, the disk or SQLite.
 */
export async function writeSegments(
  { catalog, engine, dir, signal }: ArchiveContext,
  kind: ArchiveKind,
  { loaded, ...batch }: BatchToWrite,
): Promise<NewSegment[]> {
  const { batchShapes, attributes } = batch;
  const connection = await engine.connection();
  await engine.makeRoom(MEMORY_FACTOR * loaded.heavyBytes);
  const place = { dir, connection, catalog, signal };
  await kind.begin?.(place);
  if (kind.usesShapes === true) chooseVariants(batchShapes.all, catalog.styledShapes());
  const groups = await groupsOf(connection, kind, batch);
  const written = await writeGroups(kind, groups, { ...place, batchShapes: batchShapes.all, attributes });
  await checkWritten(place, written[Math.floor(Math.random() * written.length)]!, attributes);
  await connection.run(`drop table if exists ${EVENTS_TABLE}`);
  const segments = written.map(({ segment }) => segment);
  const events = segments.reduce((sum, segment) => sum + segment.events, 0);
  if (events !== loaded.events)
    throw new Error(`${loaded.events} events were to be sealed, but ${events} were written`);
  return segments;
}

/**
 * Groups that are written at once for a kind that writes each to another file. DuckDB runs one statement of a
 * connection at a time: it begins the next group while this thread finishes the last.
 */
const GROUPS_AT_ONCE = 2;

/** Interval at which statements are interrupted after an abort: one that has begun after the first would run on. */
const INTERRUPT_EVERY_MS = 50;

/** Returns the segments in the order of their groups. No statement runs any more when it throws. */
async function writeGroups(
  kind: ArchiveKind,
  groups: readonly Group[],
  source: Omit<SegmentSource, 'group'>,
): Promise<Written[]> {
  const written: Written[] = [];
  let next = 0;
  const write = async (): Promise<void> => {
    while (next < groups.length) {
      source.signal?.throwIfAborted();
      const at = next++;
      const group = groups[at]!;
      written[at] = { group, segment: await kind.write({ ...source, group }) };
      faultPoint('seal:written');
    }
  };
  const stop = (error: unknown): never => {
    next = groups.length;
    throw error;
  };
  const atOnce = kind.usesShapes === true ? GROUPS_AT_ONCE : 1;
  const interrupting = setInterval(() => {
    if (source.signal?.aborted) source.connection.interrupt();
  }, INTERRUPT_EVERY_MS);
  const ended = await Promise.allSettled(Array.from({ length: atOnce }, () => write().catch(stop)));
  clearInterval(interrupting);
  for (const turn of ended) if (turn.status === 'rejected') throw turn.reason;
  return written;
}

/** Divides lines as they are where the kind takes that and each has a type, else through a table of DuckDB. */
async function groupsOf(
  connection: DuckDBConnection,
  kind: ArchiveKind,
  { lines, attributes }: Pick<LoadedBatch, 'lines' | 'attributes'>,
): Promise<Group[]> {
  const isTable = lines.events === 0;
  if (!isTable && kind.usesShapes === true && lines.groups.every(({ type }) => type !== undefined))
    return groupLines(lines.groups);
  const rows = `(select * replace (make_timestamptz(received_at) as received_at,
    if(sent is null, "encoding", 'surrogate') as "encoding") from ${ROWS_TABLE})`;
  await connection.run(
    `create or replace temp table ${EVENTS_TABLE} as ${selectWithCore(
      coreColumns(attributes),
      'id, stream_id, received_at, payload, "encoding", sent, form, strftime(received_at, \'%Y-%m-%d\') as day',
      isTable ? rows : lineRows(lines.groups),
    )}`,
  );
  if (isTable) await connection.run(`drop table ${ROWS_TABLE}`);
  return groupEvents(connection);
}
