import type { Client } from 'pg';
import type { StoreIdentity } from '../../../../store/database/store-identity.js';
import { quoteName } from '../../../../store/sql/text.js';
import { EVENT_COLUMNS, EVENT_KEY } from './columns.js';
import { isOfData } from './errors.js';
import type { Tables } from './table.js';

/** A cast to jsonb that gives NULL for a text that jsonb cannot hold. */
const CREATE_TO_JSONB = `
  create or replace function pg_temp.telemetry_to_jsonb(text) returns jsonb language plpgsql immutable strict as $$
  begin
    return $1::jsonb;
  exception when data_exception or program_limit_exceeded then
    return null;
  end $$`;

const TO_JSONB = 'pg_temp.telemetry_to_jsonb(payload_text)';

const NAMES = EVENT_COLUMNS.map(({ name }) => quoteName(name)).join(', ');

/** The COPY of a batch's rows into the table of events, or into {@link BATCH_TABLE}. */
export function copySql(table: string, options: string): string {
  return `copy ${table} (${NAMES}) from stdin (${options})`;
}

/** Ids `(afterId, toId]` of a store. */
export interface BatchIds extends StoreIdentity {
  readonly afterId: number;
  readonly toId: number;
}

/** Fills in payloads that were copied as NULL although jsonb can hold them. */
export async function fillPayloads(client: Client, { events }: Tables, ids: BatchIds): Promise<void> {
  const condition = 'store_id = $1 and epoch = $2 and event_id > $3 and event_id <= $4 and payload is null';
  const values = [ids.id, ids.epoch, ids.afterId, ids.toId];
  await client.query(CREATE_TO_JSONB);
  // The planner would scan a whole partition that is not analyzed yet.
  await client.query('set local enable_seqscan = off');
  await client.query(`update ${events} set payload = ${TO_JSONB} where ${condition}`, values);
}

/**
 * The temporary table for a batch of which the table of events refuses some rows. It is dropped at the end of the
 * transaction.
 */
export const BATCH_TABLE = 'pg_temp.telemetry_batch';

const columns = EVENT_COLUMNS.map(({ name, type }) => `${quoteName(name)} ${name === 'payload' ? 'text' : type}`);
export const CREATE_BATCH_TABLE = `create temporary table telemetry_batch (${columns.join(', ')}) on commit drop`;

/** Inserts the rows of {@link BATCH_TABLE} that the table of events lacks, in the caller's transaction. */
export async function insertMissing(client: Client, tables: Tables): Promise<void> {
  await client.query(CREATE_TO_JSONB);
  await client.query('savepoint inserting');
  try {
    await client.query(insertSql(tables, `case when payload is null then ${TO_JSONB} else payload::jsonb end`));
  } catch (error) {
    if (!isOfData(error)) throw error;
    await client.query('rollback to savepoint inserting');
    await client.query(insertSql(tables, TO_JSONB));
  }
}

function insertSql({ events }: Tables, payload: string): string {
  const list = EVENT_COLUMNS.map(({ name }) => (name === 'payload' ? payload : quoteName(name))).join(', ');
  return `insert into ${events} (${NAMES}) select ${list} from ${BATCH_TABLE}
    on conflict (${EVENT_KEY.join(', ')}) do nothing`;
}
