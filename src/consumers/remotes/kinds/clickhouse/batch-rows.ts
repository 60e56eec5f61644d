import { quoteName, quoteText } from '../../../../store/sql/text.js';
import type { StoreIdentity } from '../../../../store/database/store-identity.js';
import { eventNanoseconds } from '../../event-nanoseconds.js';
import type { Batch } from '../../kind.js';
import { BATCH_COLUMNS } from './columns.js';

/**
 * The times that DateTime64(9) holds: from 1900 until 64 bits end, in microseconds since 1970 (ClickHouse, "DateTime64").
 * An event of another time has the nearest of these in `time`, and its own in `time_us`.
 */
const TIMES = { first: -2_208_988_800_000_000n, last: 9_223_372_036_854_774n } as const;

/** A query for the rows of a batch, in the order of {@link BATCH_COLUMNS}. */
export function batchRows({ source, session }: Batch, store: StoreIdentity): string {
  const nanoseconds = eventNanoseconds(session);
  const values: Readonly<Record<string, string>> = {
    store_id: quoteText(store.id),
    epoch: quoteText(store.epoch),
    event_id: 'id::ubigint',
    time: `make_timestamp_ns(case when epoch_us("time") < ${TIMES.first} then ${TIMES.first}000
      when epoch_us("time") > ${TIMES.last} then ${TIMES.last}000 else ${nanoseconds} end)`,
    time_us: 'epoch_us("time")',
    time_ns: nanoseconds,
    stream_id: 'stream_id::ubigint',
    payload_text: 'payload::varchar',
  };
  const list = BATCH_COLUMNS.map(({ name }) => `${values[name] ?? quoteName(name)} as ${quoteName(name)}`);
  return `select ${list.join(', ')} from ${source}`;
}
