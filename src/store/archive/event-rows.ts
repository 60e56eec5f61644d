import { BIGINT, INTEGER, VARCHAR, DuckDBDataChunk, type DuckDBConnection } from '@duckdb/node-api';
import type { IdHash } from '../catalog/deduplication.js';
import { hashOfEventId } from '../catalog/sealed-event-ids.js';
import type { Micros } from '../../core/duration.js';
import { READ_CHUNK_ROWS } from '../../core/limits.js';
import type { EventColumn, JournalReader, Page } from '../journal/reader.js';
import type { BatchShapes } from '../shape/batch-shapes.js';
import { HEAVY_EVENT_BYTES, MAX_BATCH_BYTES, MAX_HEAVY_BYTES } from './memory.js';

/** The table of the engine that holds events that are too large for lines. */
export const ROWS_TABLE = 'rows';

const COLUMNS: readonly EventColumn[] = ['id', 'stream_id', 'received_at', 'payload', 'encoding', 'sent', 'event_id'];

const TYPES = [BIGINT, BIGINT, BIGINT, VARCHAR, VARCHAR, VARCHAR, INTEGER];

/** Payloads read in one page, about: of events of a mebibyte each, not two thousand at once. */
const PAGE_BYTES = 4 * 1024 * 1024;
const FIRST_PAGE_ROWS = 64;

/** The loaded rows. */
export interface LoadedRows {
  readonly events: number;
  /** Of the payloads of heavy events, about. */
  readonly heavyBytes: number;
  readonly lastId: number;
  readonly lastReceivedAt: Micros;
  /** Of the top-level `event_id`s, in the order of their events. */
  readonly eventIds: readonly IdHash[];
}

/**
 * Copies the journal's events in `(afterId, upToId]` into {@link ROWS_TABLE}, oldest first, until there are
 * `maxEvents` or {@link MAX_BATCH_BYTES} of them. Yields to other work of this thread between pages.
 */
export async function loadRows(
  connection: DuckDBConnection,
  reader: JournalReader,
  batchShapes: BatchShapes,
  { afterId, upToId, maxEvents }: { afterId: number; upToId: number; maxEvents: number },
): Promise<LoadedRows> {
  await connection.run(
    `create or replace temp table ${ROWS_TABLE}(id BIGINT, stream_id BIGINT, received_at BIGINT, payload VARCHAR,
       "encoding" VARCHAR, sent VARCHAR, form INTEGER)`,
  );
  const appender = await connection.createAppender(ROWS_TABLE);
  const eventIds: IdHash[] = [];
  let events = 0;
  let bytes = 0;
  let heavyBytes = 0;
  let lastId = afterId;
  let lastReceivedAt = 0;
  while (events < maxEvents && bytes < MAX_BATCH_BYTES && heavyBytes < MAX_HEAVY_BYTES) {
    const average = events === 0 ? PAGE_BYTES / FIRST_PAGE_ROWS : bytes / events;
    const rows = Math.max(1, Math.min(READ_CHUNK_ROWS, Math.floor(PAGE_BYTES / (average + 1))));
    const limit = Math.min(rows, maxEvents - events);
    const page = reader.readPage(COLUMNS, lastId, upToId, limit);
    if (page.values.length === 0) break;
    const values = page.values.slice(0, fitting(page.values, heavyBytes));
    const chunk = DuckDBDataChunk.create(TYPES, values.length);
    const column = <T>(at: number, convert: (value: never) => T): T[] => values.map(row => convert(row[at] as never));
    for (const at of [0, 1, 2]) chunk.setColumnValues(at, column(at, BigInt));
    for (const at of [3, 4, 5])
      chunk.setColumnValues(
        at,
        column<string | null>(at, value => value),
      );
    chunk.setColumnValues(
      6,
      column(3, (json: string) => batchShapes.add(json)),
    );
    appender.appendDataChunk(chunk);
    for (const row of values) {
      const { length } = row[3] as string;
      bytes += length;
      if (length > HEAVY_EVENT_BYTES) heavyBytes += length;
      const hash = row[6] === null ? undefined : hashOfEventId(row[6] as string);
      if (hash) eventIds.push(hash);
    }
    events += values.length;
    lastId = values.at(-1)![0] as number;
    lastReceivedAt = values.at(-1)![2] as number;
    await new Promise(resolve => setImmediate(resolve));
  }
  appender.closeSync();
  return { events, heavyBytes, lastId, lastReceivedAt, eventIds };
}

/** The number of rows that go into the batch: at least one, up to the one that makes it too heavy. */
function fitting(values: Page['values'], heavyBytes: number): number {
  let heavy = heavyBytes;
  const last = values.findIndex(row => {
    const { length } = row[3] as string;
    if (length > HEAVY_EVENT_BYTES) heavy += length;
    return heavy >= MAX_HEAVY_BYTES;
  });
  return last < 0 ? values.length : last + 1;
}
