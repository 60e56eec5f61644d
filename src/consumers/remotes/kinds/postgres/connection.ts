import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { faultPoint } from '../../../../core/fault-point.js';
import type { Batch, RemoteConnection, RemoteContext, SendOutcome } from '../../kind.js';
import { rowsOf } from '../../../../query/result/rows.js';
import { batchRows, daysSql, DUCKDB_CSV, POSTGRES_CSV } from './batch-rows.js';
import { CURSOR_KEY } from './columns.js';
import { connect, type Connected } from './connect.js';
import { loadDriver, type Driver } from './driver.js';
import { isOfData, isWithoutPartition, sendError } from './errors.js';
import { readGrowing } from './growing-file.js';
import { BATCH_TABLE, copySql, CREATE_BATCH_TABLE, fillPayloads, insertMissing } from './insert.js';
import { NullPayloads } from './null-payloads.js';
import { optionsOf } from './options.js';
import { createPartitions } from './partitions.js';
import { prepareTables, type Tables } from './table.js';

/** Settings of a batch's transaction: times are sent as texts without a time zone. */
const SETTINGS = `set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; set local client_min_messages = 'warning'`;

/** The rows of a batch, in a file that is being written. */
interface BatchFile {
  readonly path: string;
  /** Resolves once the file is complete. */
  readonly writing: Promise<unknown>;
}

/** A connection that writes events. Each batch is one transaction. */
export class PostgresConnection implements RemoteConnection {
  readonly description: string;
  readonly #driver: Driver;
  readonly #connected: Connected;
  readonly #tables: Tables;
  readonly #context: RemoteContext;

  private constructor(driver: Driver, connected: Connected, tables: Tables, context: RemoteContext) {
    this.#driver = driver;
    this.#connected = connected;
    this.#tables = tables;
    this.#context = context;
    this.description = `PostgreSQL ${connected.version}, table ${tables.schema}.${tables.table}`;
  }

  /** Connects, and creates the tables that are missing. @throws TelemetryError `failure`. */
  static async open(context: RemoteContext): Promise<PostgresConnection> {
    const options = optionsOf(context.remote);
    const driver = await loadDriver();
    const connected = await connect(driver, context.remote, context.signal);
    try {
      return new PostgresConnection(driver, connected, await prepareTables(connected.client, options), context);
    } catch (error) {
      await connected.client.end().catch(() => undefined);
      throw sendError(error);
    }
  }

  async position(): Promise<number | undefined> {
    const { rows } = await this.#asking(() =>
      this.#connected.client.query<{ last_id: string }>(
        `select last_id::text from ${this.#tables.cursors} where (${CURSOR_KEY.join(', ')}) = ($1, $2, $3, $4)`,
        this.#cursorKey,
      ),
    );
    return rows[0] === undefined ? undefined : Number(rows[0].last_id);
  }

  async send(batch: Batch): Promise<SendOutcome> {
    batch.signal.throwIfAborted();
    const path = join(batch.folder, 'batch.csv');
    writeFileSync(path, '');
    const sql = batchRows(batch, this.#context.store);
    const writing = batch.session.copyTo(path, sql, { text: DUCKDB_CSV });
    try {
      await this.#asking(() => this.#insert({ path, writing }, batch));
      return { bytes: statSync(path).size };
    } finally {
      // The session is free once the file is complete.
      await writing.catch(() => undefined);
      rmSync(path, { force: true });
    }
  }

  async close(): Promise<void> {
    await this.#connected.client.end().catch(() => undefined);
  }

  async #insert(file: BatchFile, batch: Batch): Promise<void> {
    const { client } = this.#connected;
    await client.query(`begin; ${SETTINGS}; savepoint copying`);
    try {
      await this.#copyOrInsert(file, batch);
      faultPoint('postgres:inserted');
      await this.#moveCursor(batch.toId);
      await client.query('commit');
      faultPoint('postgres:committed');
    } catch (error) {
      await client.query('rollback').catch(() => undefined);
      throw error;
    }
  }

  /** Copies the rows into the table of events; if it refuses some, through a temporary table. */
  async #copyOrInsert(file: BatchFile, batch: Batch): Promise<void> {
    const { client } = this.#connected;
    for (let hasPartitions = false; ; hasPartitions = true) {
      try {
        await this.#copyToEvents(file, batch);
        return;
      } catch (error) {
        const lacksPartition = isWithoutPartition(error) && this.#tables.makesPartitions && !hasPartitions;
        if (!isOfData(error) && !lacksPartition) throw error;
        await client.query('rollback to savepoint copying');
        await this.#createPartitions(file, batch);
        if (!lacksPartition) return this.#insertMissing(file, batch);
      }
    }
  }

  /** Copies the rows while DuckDB writes them. */
  async #copyToEvents(file: BatchFile, { afterId, toId, signal }: Batch): Promise<void> {
    const { mayExist } = await this.#copy(this.#tables.events, file, signal);
    const ids = { ...this.#context.store, afterId, toId };
    if (mayExist) await fillPayloads(this.#connected.client, this.#tables, ids);
  }

  async #insertMissing(file: BatchFile, { signal }: Batch): Promise<void> {
    const { client } = this.#connected;
    await client.query(CREATE_BATCH_TABLE);
    await this.#copy(BATCH_TABLE, file, signal);
    await insertMissing(client, this.#tables);
  }

  /** Creates the partitions that the rows need, before the savepoint that the next attempt rolls back to. */
  async #createPartitions({ writing }: BatchFile, { session, source }: Batch): Promise<void> {
    const { client } = this.#connected;
    if (!this.#tables.makesPartitions) return;
    // A session runs one statement at a time.
    await writing;
    const rows = await rowsOf(await session.query(daysSql(source)));
    await createPartitions(
      client,
      this.#tables,
      rows.map(([day]) => day!),
    );
    await client.query('savepoint copying');
  }

  async #copy(table: string, { path, writing }: BatchFile, signal: AbortSignal): Promise<NullPayloads> {
    const nulls = new NullPayloads();
    const copy = this.#connected.client.query(this.#driver.copyFrom(copySql(table, POSTGRES_CSV)));
    await pipeline(nulls.watch(readGrowing(path, writing, signal)), copy, { signal });
    faultPoint('postgres:copied');
    return nulls;
  }

  async #moveCursor(toId: number): Promise<void> {
    const { cursors } = this.#tables;
    await this.#connected.client.query(
      `insert into ${cursors} as c (${CURSOR_KEY.join(', ')}, last_id) values ($1, $2, $3, $4, $5)
       on conflict (${CURSOR_KEY.join(', ')}) do update set last_id = greatest(c.last_id, excluded.last_id)`,
      [...this.#cursorKey, toId],
    );
  }

  get #cursorKey(): string[] {
    const { store, remote } = this.#context;
    return [store.id, store.epoch, remote.name, this.#tables.table];
  }

  async #asking<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      this.#context.signal.throwIfAborted();
      throw sendError(error);
    }
  }
}
