import { BIGINT, DuckDBDataChunk, VARCHAR, type DuckDBConnection } from '@duckdb/node-api';
import type { Attribute } from '../../../core/attribute.js';
import { READ_CHUNK_ROWS } from '../../../core/limits.js';
import { RANGE_IDS, type EventRange } from '../../catalog/event-ranges.js';
import { coreColumns, selectWithCore } from '../../sql/core-columns.js';
import type { ArchiveContext } from './seal.js';

const ROWS_TABLE = 'ranging';

/** Ranges that are measured before they are stored: a transaction for each would cost more than it saves. */
const RANGES_A_TRANSACTION = 16;

/**
 * Measures between which times the events of the journal lie, by ranges of {@link RANGE_IDS} ids, so that a query with
 * bounds in time skips those outside. For stores that keep their events in the journal; others seal them within seconds.
 * @returns how many ranges were measured; less than all when the signal aborted.
 */
export async function measureRanges({ reader, catalog, engine, signal }: ArchiveContext): Promise<number> {
  const sealedId = reader.sealedId();
  const lastId = reader.lastId();
  const known = new Set(reader.eventRanges(0, lastId).map(({ firstId }) => firstId));
  let measured: EventRange[] = [];
  let count = 0;
  const store = (): void => {
    if (measured.length > 0) catalog.addEventRanges(measured);
    measured = [];
  };
  const first = Math.floor(sealedId / RANGE_IDS) * RANGE_IDS + 1;
  for (let firstId = first; firstId + RANGE_IDS - 1 <= lastId && !signal.aborted; firstId += RANGE_IDS) {
    if (known.has(firstId)) continue;
    const range = await measure({ reader, engine, firstId });
    if (!range) continue;
    measured.push(range);
    count++;
    if (measured.length === RANGES_A_TRANSACTION) store();
  }
  store();
  return count;
}

async function measure({
  reader,
  engine,
  firstId,
}: Pick<ArchiveContext, 'reader' | 'engine'> & { firstId: number }): Promise<EventRange | undefined> {
  const lastId = firstId + RANGE_IDS - 1;
  const connection = await engine.connection();
  reader.begin();
  let attributes: readonly Attribute[];
  try {
    attributes = reader.attributes();
    await load(connection, reader, firstId, lastId);
  } finally {
    reader.end();
  }
  const rows = selectWithCore(
    coreColumns(attributes, ['time']),
    'received_at',
    `(select payload, "encoding", make_timestamptz(received_at) as received_at from ${ROWS_TABLE})`,
  );
  const result = await connection.runAndReadAll(
    `select epoch_us(min(received_at))::double, epoch_us(max(received_at))::double, epoch_us(min("time"))::double,
       epoch_us(max("time"))::double from (${rows})`,
  );
  const [receivedFrom, receivedTo, timeFrom, timeTo] = result.getRows()[0] as number[];
  await connection.run(`drop table ${ROWS_TABLE}`);
  if (typeof receivedFrom !== 'number') return undefined;
  return { firstId, lastId, receivedFrom, receivedTo: receivedTo!, timeFrom: timeFrom!, timeTo: timeTo! };
}

async function load(
  connection: DuckDBConnection,
  reader: ArchiveContext['reader'],
  firstId: number,
  lastId: number,
): Promise<void> {
  await connection.run(
    `create or replace temp table ${ROWS_TABLE}(received_at BIGINT, payload VARCHAR, "encoding" VARCHAR)`,
  );
  const appender = await connection.createAppender(ROWS_TABLE);
  try {
    for (let after = firstId - 1; ;) {
      const page = reader.readPage(['received_at', 'payload', 'encoding'], after, lastId, READ_CHUNK_ROWS);
      if (page.values.length === 0) break;
      const chunk = DuckDBDataChunk.create([BIGINT, VARCHAR, VARCHAR], page.values.length);
      chunk.setColumnValues(
        0,
        page.values.map(([receivedAt]) => BigInt(receivedAt!)),
      );
      for (const at of [1, 2])
        chunk.setColumnValues(
          at,
          page.values.map(row => row[at] as string | null),
        );
      appender.appendDataChunk(chunk);
      after = page.lastId;
    }
  } finally {
    appender.closeSync();
  }
}
