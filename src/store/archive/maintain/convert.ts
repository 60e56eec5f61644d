import type { DuckDBConnection } from '@duckdb/node-api';
import type { ArchiveKindName } from '../../../core/archive-kind.js';
import type { Micros } from '../../../core/duration.js';
import { faultPoint } from '../../../core/fault-point.js';
import { openSealedRows } from '../../journal/trim.js';
import { openReturningEvents, type JournalRow } from '../../journal/return-events.js';
import { SEGMENT_FORMAT, type NewSegment, type Segment } from '../../catalog/segments.js';
import { withArchive, type ArchiveOptions } from '../seal/open-archive.js';
import { sealable, withCore } from '../as-sent.js';
import { refuseDamaged } from '../check/check-segment.js';
import { chooseVariants, BatchShapes } from '../../shape/batch-shapes.js';
import { batchShapeFunction } from '../../shape/batch-shape-function.js';
import { EVENTS_TABLE, groupEvents } from '../segment-groups.js';
import { isInDatabase } from '../formats/duckdb/kind.js';
import { removeFile } from '../files.js';
import { reading, type ArchiveKind } from '../format.js';
import { kindNamed } from '../formats/registry.js';
import { eventsAtOnce, inParts, isOutOfMemory, MAX_BATCH_BYTES, type Part, type PartSource } from '../memory.js';
import { MAX_BATCH_EVENTS, sealBatch, type ArchiveContext } from '../seal/seal.js';

/** The progress of a conversion, in events. */
export interface Converted {
  readonly done: number;
  readonly of: number;
}

/** Events that go back to the journal at once: some megabytes of memory. */
const RETURN_EVENTS = 10_000;

/** The table that holds events as they were sent, on their way into segments of another kind. */
const SENT_TABLE = 'converting';

/**
 * Converts a store's archive to another format, or segments of an older format version to the newest, and keeps the
 * format for later sealing. Each segment is one change of the catalog, during which the archive is locked; others may
 * work on it in between. If it ends early, the next run continues. To `none`, all segments are one change, since the
 * journal has either all of them or none.
 * @returns the events that were moved; undefined when the signal aborted before the end.
 * @throws TelemetryError `noStore`, `failure`; any error of the disk, DuckDB or SQLite.
 */
export async function convertArchive(
  options: ArchiveOptions,
  to: ArchiveKindName,
  signal: AbortSignal,
  onProgress: (converted: Converted) => void,
): Promise<number | undefined> {
  const wasNone = await withArchive(options, signal, ({ catalog }) => {
    const before = catalog.setting('archive');
    catalog.setSetting('archive', to);
    if (to !== 'none') catalog.setSetting('returned', undefined);
    return Promise.resolve(before === 'none');
  });
  if (wasNone === undefined) return undefined;
  if (to === 'none') return withArchive(options, signal, context => returnAll(context, options.now, onProgress));
  const converted = await convertSegments(options, kindNamed(to), signal, onProgress);
  if (converted === undefined || !wasNone) return converted;
  const sealed = await sealAll(options, kindNamed(to), signal, onProgress);
  return sealed === undefined ? undefined : converted + sealed;
}

/** Segment after segment, oldest first; those that come meanwhile are of the new kind already. */
async function convertSegments(
  options: ArchiveOptions,
  kind: ArchiveKind,
  signal: AbortSignal,
  onProgress: (converted: Converted) => void,
): Promise<number | undefined> {
  for (let done = 0; ;) {
    const left = await withArchive(options, signal, async context => {
      const others = context.catalog
        .segments()
        .filter(segment => segment.kind !== kind.name || segment.format < SEGMENT_FORMAT);
      const [next] = others;
      const of = done + others.reduce((sum, { events }) => sum + events, 0);
      if (!next) return { events: 0 };
      await convertSegment(next, kind, context, events => onProgress({ done: done + events, of }));
      return { events: next.events };
    });
    if (!left || signal.aborted) return undefined;
    if (left.events === 0) return done;
    done += left.events;
  }
}

async function convertSegment(
  segment: Segment,
  kind: ArchiveKind,
  context: ArchiveContext,
  onProgress: (events: number) => void,
): Promise<void> {
  const { catalog, engine, dir, signal } = context;
  await refuseDamaged(dir, [segment]);
  const connection = await engine.connection();
  const attributes = catalog.attributes();
  const paths = new Set(attributes.flatMap(attribute => attribute.paths.map(path => JSON.stringify(path))));
  await kind.begin?.({ dir, connection, catalog, signal });
  const segments: NewSegment[] = [];
  let events = 0;
  await inParts(partsOf(segment, MAX_BATCH_EVENTS, context), async part => {
    signal.throwIfAborted();
    const written: NewSegment[] = [];
    try {
      await loadSent(segment, part, context, connection);
      const batchShapes = new BatchShapes(path => paths.has(JSON.stringify(path)));
      await loadEvents(connection, batchShapes, attributes);
      if (kind.usesShapes === true) chooseVariants(batchShapes.all, catalog.styledShapes());
      for (const group of await groupEvents(connection)) {
        written.push(
          await kind.write({ dir, connection, catalog, group, batchShapes: batchShapes.all, attributes, signal }),
        );
        faultPoint('convert:written');
      }
    } catch (error) {
      // The part is done again in smaller ones.
      if (isOutOfMemory(error)) for (const { file } of written) if (!isInDatabase(file)) removeFile(dir, file);
      throw error;
    }
    segments.push(...written);
    events += written.reduce((sum, one) => sum + one.events, 0);
    onProgress(events);
    await connection.run(`drop table ${EVENTS_TABLE}`);
  });
  if (events !== segment.events) {
    throw new Error(`${segment.events} events of ${segment.file} were to be converted, but ${events} were written`);
  }
  faultPoint('convert:before-change');
  catalog.change({ add: segments, drop: [segment.id] });
  faultPoint('convert:after-change');
}

/** A segment in parts whose payloads fit the memory. */
function partsOf(segment: Segment, mostEvents: number, { dir, engine }: ArchiveContext): PartSource {
  const bytes = Object.values(segment.types).reduce((sum, count) => sum + count.bytes, 0);
  const fitting = Math.max(1, Math.floor((segment.events * MAX_BATCH_BYTES) / (bytes + 1)));
  const kind = kindNamed(segment.kind);
  return {
    segment,
    engine,
    ids: kind.sent({ dir, segments: [segment], shapes: new Map() }),
    most: Math.min(mostEvents, fitting, eventsAtOnce(segment)),
    reading: async work => reading(kind, { dir, connection: await engine.connection() }, work),
  };
}

/** Puts a part of a segment's events, as they were sent, into a table. */
async function loadSent(
  segment: Segment,
  { afterId, lastId }: Part,
  { catalog, dir }: ArchiveContext,
  connection: DuckDBConnection,
): Promise<void> {
  const kind = kindNamed(segment.kind);
  const sent = kind.sent({ dir, segments: [segment], shapes: catalog.shapes(segment.shapes) });
  await reading(kind, { dir, connection }, () =>
    connection.run(
      `create or replace temp table ${SENT_TABLE} as
       select id, stream_id, received_at, payload, "encoding" from (${sent}) where id > ${afterId} and id <= ${lastId}`,
    ),
  );
}

/** Makes of them what a seal would have made of them: see sealBatch. */
async function loadEvents(
  connection: DuckDBConnection,
  batchShapes: BatchShapes,
  attributes: Parameters<typeof withCore>[0],
): Promise<void> {
  connection.registerScalarFunction(batchShapeFunction(batchShapes));
  await connection.run(
    `create or replace temp table ${EVENTS_TABLE} as
     select *, form_of(payload) as form, strftime(received_at, '%Y-%m-%d') as day
     from (${withCore(attributes, sealable(`select * from ${SENT_TABLE}`))})`,
  );
  await connection.run(`drop table ${SENT_TABLE}`);
}

/**
 * Moves all sealed events back to the journal. The archive stays locked, so that nothing is sealed or pruned meanwhile.
 */
async function returnAll(
  context: ArchiveContext,
  now: () => Micros,
  onProgress: (converted: Converted) => void,
): Promise<number | undefined> {
  const { catalog, engine, dir, signal } = context;
  const segments = catalog.segments();
  const of = segments.reduce((sum, { events }) => sum + events, 0);
  if (of === 0) return 0;
  const connection = await engine.connection();
  const returning = await openReturningEvents(dir, signal);
  try {
    let done = 0;
    for (const segment of segments) {
      if (!returning.returned.has(segment.id)) {
        await refuseDamaged(dir, [segment]);
        await inParts(partsOf(segment, RETURN_EVENTS, context), async part => {
          signal.throwIfAborted();
          await loadSent(segment, part, context, connection);
          const rows = await sentRows(connection);
          await returning.add(rows, signal);
          faultPoint('convert:returned');
        });
        signal.throwIfAborted();
        returning.finishSegment(segment.id);
      }
      done += segment.events;
      onProgress({ done, of });
    }
    faultPoint('convert:before-change');
    returning.finish(now());
    faultPoint('convert:after-change');
    return of;
  } finally {
    returning.close();
  }
}

async function sentRows(connection: DuckDBConnection): Promise<JournalRow[]> {
  const reader = await connection.runAndReadAll(
    `select id::double, stream_id::double, epoch_us(received_at)::double, payload, "encoding" from ${SENT_TABLE} order by id`,
  );
  return reader.getRows() as unknown as JournalRow[];
}

/** Seals what the journal has, which may be all that there is. */
async function sealAll(
  options: ArchiveOptions,
  kind: ArchiveKind,
  signal: AbortSignal,
  onProgress: (converted: Converted) => void,
): Promise<number | undefined> {
  const rows = openSealedRows(options.dir);
  try {
    const upToId = await withArchive(options, signal, ({ reader }) => Promise.resolve(reader.lastId()));
    for (let done = 0; upToId !== undefined;) {
      const sealed = await withArchive(options, signal, async context => {
        const of = done + context.reader.countEvents(context.reader.sealedId(), upToId);
        const batch = await sealBatch(context, kind, upToId);
        if (!batch) return 0;
        onProgress({ done: done + batch.events, of });
        return batch.events;
      });
      if (sealed === undefined || signal.aborted) return undefined;
      if (sealed === 0) return done;
      done += sealed;
      await rows.trim({ signal, isShared: () => true, shrinks: false });
    }
    return undefined;
  } finally {
    await rows.trim({ signal, isShared: () => true, shrinks: true });
    rows.close();
  }
}
