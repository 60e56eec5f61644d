import type { Session } from '../../../../query/session.js';
import type { StoreIdentity } from '../../../../store/database/store-identity.js';
import { quoteName, quoteText } from '../../../../store/sql/text.js';
import { eventNanoseconds } from '../../event-nanoseconds.js';
import type { Batch } from '../../kind.js';
import { EVENT_COLUMNS } from './columns.js';

/** Text columns that may hold U+0000, which PostgreSQL's text cannot. */
const TEXTS: ReadonlySet<string> = new Set(
  'type name severity message service trace_id span_id parent_span_id'.split(' '),
);

/**
 * COPY options of DuckDB and PostgreSQL for the rows of a batch. JSON texts contain neither tabs nor U+0001, so that
 * payloads need no quoting, and their own quotes are not doubled.
 */
export const DUCKDB_CSV = `format csv, header false, delimiter '\t', quote '\u0001', escape '\u0001', nullstr ''`;
export const POSTGRES_CSV = `format csv, delimiter e'\\t', quote e'\\x01', escape e'\\x01', null '', encoding 'UTF8'`;

/**
 * Payloads that jsonb may be unable to hold: those with U+0000, exponents of three digits or unusually long numbers. It
 * does hold most of them. Half of a surrogate pair is already U+FFFD in the view.
 */
const SUSPECT = String.raw`\\u0000|[0-9][eE][+-]?[0-9]{3}|[0-9]{300}`;

/**
 * A query for the rows of a batch, in the order of {@link EVENT_COLUMNS}; `payload` is NULL where jsonb may not hold
 * it.
 */
export function batchRows({ source, session }: Batch, store: StoreIdentity): string {
  const list = EVENT_COLUMNS.map(({ name }) => {
    if (name === 'store_id') return quoteText(store.id);
    if (name === 'epoch') return quoteText(store.epoch);
    return valueOf(name, session);
  });
  return `select ${list.join(', ')} from ${source}`;
}

/** A query for the days of the rows of a batch. */
export function daysSql(source: string): string {
  return `select distinct ${DAY}::varchar from ${source}`;
}

/**
 * SQL for the day of receipt. As part of the key it must never change for an event, while `time` is read from the
 * payload by rules that may change.
 */
const DAY = `timezone('UTC', received_at)::date`;

function valueOf(name: string, session: Session): string {
  switch (name) {
    case 'event_id':
      return 'id';
    case 'day':
      return DAY;
    case 'received_at':
      return `timezone('UTC', received_at)`;
    case 'time':
      return inEra(`timezone('UTC', "time")`);
    case 'time_ns':
      return eventNanoseconds(session);
    case 'payload_text':
      return 'payload::varchar';
    case 'payload':
      return `case when not regexp_matches(payload::varchar, '${SUSPECT}') then payload::varchar end`;
    default:
      return TEXTS.has(name) ? `replace(${quoteName(name)}, chr(0), chr(65533))` : quoteName(name);
  }
}

/** SQL for a time in PostgreSQL's syntax, whose suffix for years before 1 differs from DuckDB's. */
function inEra(time: string): string {
  return `case when ${time} >= timestamp '0001-01-01' then ${time}::varchar
    else replace(${time}::varchar, ' (BC)', '') || ' BC' end`;
}
