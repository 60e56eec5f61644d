import { createReadStream, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClickHouseClient } from '@clickhouse/client';
import { faultPoint } from '../../../../core/fault-point.js';
import { readObjects } from '../../../../store/catalog/objects.js';
import { RefusedBatch, type Batch, type RemoteConnection, type RemoteContext, type SendOutcome } from '../../kind.js';
import { batchRows } from './batch-rows.js';
import { openClient } from './client.js';
import { BATCH_COLUMNS } from './columns.js';
import { isOfData, reasonOf, sendError } from './errors.js';
import { optionsOf } from './options.js';
import { prepareTable, type EventTable } from './table.js';

/** Bytes of a file per read. */
const READ_BYTES = 1024 * 1024;

/**
 * COPY options of a batch's file. LZ4 is the fastest for both DuckDB and ClickHouse. A truncated Parquet file has no
 * footer, so ClickHouse stores nothing of it.
 */
const PARQUET = 'format parquet, compression lz4_raw';

const COLUMNS = BATCH_COLUMNS.map(({ name }) => name) as [string, ...string[]];

/**
 * A connection that writes each batch with one insert, which the server stores once within its deduplication window.
 */
export class ClickHouseConnection implements RemoteConnection {
  readonly description: string;
  readonly #client: ClickHouseClient;
  readonly #table: EventTable;
  readonly #context: RemoteContext;
  /** The prefix of the deduplication tokens of batches. */
  readonly #token: string;

  private constructor(client: ClickHouseClient, version: string, table: EventTable, context: RemoteContext) {
    this.#client = client;
    this.#table = table;
    this.#context = context;
    this.#token = tokenOf(context);
    const payload = table.hasJson ? 'JSON' : 'text';
    this.description = `ClickHouse ${version}, table ${table.name} (${table.engine}), payload as ${payload}`;
  }

  /** Connects, and creates the table when it is missing. @throws TelemetryError `failure`. */
  static async open(context: RemoteContext): Promise<ClickHouseConnection> {
    const { database, table } = optionsOf(context.remote);
    const client = await openClient(context.remote);
    try {
      const prepared = await prepareTable(client, database, table);
      const answer = await client.query({ query: 'select version() as version', format: 'JSONEachRow' });
      const [row] = await answer.json<{ version: string }>();
      return new ClickHouseConnection(client, row?.version ?? '', prepared, context);
    } catch (error) {
      await client.close();
      context.signal.throwIfAborted();
      throw sendError(error);
    }
  }

  /** Undefined: ClickHouse stores no position. */
  position(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async send(batch: Batch): Promise<SendOutcome> {
    batch.signal.throwIfAborted();
    const file = join(batch.folder, 'batch.parquet');
    try {
      await batch.session.copyTo(file, batchRows(batch, this.#context.store), { parquet: PARQUET });
      faultPoint('clickhouse:written');
      await this.#insert(batch, file);
      faultPoint('clickhouse:inserted');
      return { bytes: statSync(file).size };
    } finally {
      await rm(file, { force: true });
    }
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  async #insert(batch: Batch, file: string): Promise<void> {
    const { afterId, toId, signal } = batch;
    try {
      await this.#client.insert({
        table: this.#table.quoted,
        columns: COLUMNS,
        values: createReadStream(file, { highWaterMark: READ_BYTES }),
        format: 'Parquet',
        abort_signal: signal,
        clickhouse_settings: {
          ...ONE_BLOCK,
          ...(this.#table.hasJson && JSON_AS_SENT),
          insert_deduplication_token: `${this.#token}:${afterId}-${toId}`,
        },
      });
    } catch (error) {
      signal.throwIfAborted();
      if (isOfData(error) && !(await this.hasAny(batch))) throw new RefusedBatch(reasonOf(error), { cause: error });
      throw sendError(error);
    }
  }

  async hasAny({ afterId, toId }: Pick<Batch, 'afterId' | 'toId'>): Promise<boolean> {
    const { id, epoch } = this.#context.store;
    const answer = await this.#client.query({
      query: `select 1 from ${this.#table.quoted} where store_id = {id:String} and epoch = {epoch:String}
        and event_id > {afterId:UInt64} and event_id <= {toId:UInt64} limit 1`,
      query_params: { id, epoch, afterId, toId },
      format: 'JSONEachRow',
    });
    return (await answer.json()).length > 0;
  }
}

/** More rows than a batch has. */
const ALL_ROWS = '1000000000';

/**
 * Settings that make the server parse a batch as one block before it stores any of it, and answer after all of it is
 * stored. `async_insert` would add the inserts of other clients to the block.
 */
const ONE_BLOCK = {
  async_insert: 0,
  insert_deduplicate: 1,
  max_insert_threads: '1',
  max_insert_block_size: ALL_ROWS,
  min_insert_block_size_rows: ALL_ROWS,
  min_insert_block_size_bytes: '0',
  insert_distributed_sync: 1,
} as const;

/** Settings that keep texts as texts, and the first of two values of the same key. */
const JSON_AS_SENT = {
  input_format_try_infer_dates: 0,
  input_format_try_infer_datetimes: 0,
  type_json_skip_duplicated_paths: 1,
} as const;

/**
 * A permanent name of a remote: store, epoch, remote and time of its creation. A remote that is created again may have
 * another condition, so that the same ids are other events.
 */
function tokenOf({ store, remote, db }: RemoteContext): string {
  const object = db && readObjects(db).find(({ kind, name }) => kind === 'remote' && name === remote.name);
  return [store.id, store.epoch, remote.name, object?.createdAt ?? 0].join(':');
}
