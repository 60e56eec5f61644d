import { messageOf, TelemetryError } from '../../../../core/errors.js';
import type { Result } from '../../../../core/result.js';
import { openEngine, type Engine } from '../../../../query/sandbox/engine.js';
import { usualQueryMemory } from '../../../../query/sandbox/memory-limit.js';
import { readBatches } from '../../../../query/result/batches.js';
import type { ValueStyle } from '../../../../query/result/values.js';
import { PERCENTILE_MACROS } from '../../../../query/sql/percentiles.js';
import { isInterrupt, sqlError } from '../../../../query/sql/sql-error.js';
import { prepareReading } from '../../../../query/sql/statements.js';
import { errorOf, interruption } from '../../../../query/statement/run-errors.js';
import { quoteText } from '../../../../store/sql/text.js';
import type { RemoteContext, RemoteReader } from '../../kind.js';
import { loadExtension } from './duckdb-extensions.js';
import type { Location } from './location.js';
import { Manifest } from './manifest.js';
import type { ObjectStorage } from './object-storage.js';
import { eventsSql, objectsSql } from './objects-view.js';
import { openStorage } from './open-storage.js';
import { secretSql } from './s3-secret.js';
import { S3Storage } from './s3-storage.js';

/** Time between two interrupts, in milliseconds: DuckDB ignores an interrupt before a statement has begun. */
const INTERRUPT_EVERY_MS = 50;

const UTC: ValueStyle = { timezone: 'UTC', time: 'iso' };

/** A DuckDB over the objects of a manifest: the view `events`, and the table `objects` with the entries. */
export class ObjectsReader implements RemoteReader {
  readonly statsSql = `select "type", sum(events)::bigint as events, min(min_time) as first_time, max(max_time) as last_time
    from objects group by "type" order by "type"`;
  readonly #engine: Engine;
  readonly #signal: AbortSignal;

  private constructor(engine: Engine, signal: AbortSignal) {
    this.#engine = engine;
    this.#signal = signal;
  }

  /** Reads the manifest. From then on DuckDB reads the remote's prefix, and no other file or address. */
  static async open(location: Location, context: RemoteContext): Promise<ObjectsReader> {
    const { signal, extensions } = context;
    const storage = await openStorage(location);
    const engine = await openEngine(usualQueryMemory());
    try {
      const { connection } = engine;
      await connection.run(`set TimeZone = 'UTC'`);
      if (storage instanceof S3Storage && 's3' in location) {
        await loadExtension(engine, 'httpfs', extensions);
        await connection.run(await secretSql(storage, location.s3));
      }
      const manifest = new Manifest(storage);
      const entries = await manifest.entries(await manifest.root());
      await connection.run(`create table objects as ${objectsSql(entries)}`);
      await connection.run(PERCENTILE_MACROS);
      await connection.run(`create view events as ${eventsSql(entries, file => storage.urlOf(file))}`);
      await lock(engine, storage);
      return new ObjectsReader(engine, signal);
    } catch (error) {
      engine.close();
      throw error;
    } finally {
      storage.close();
    }
  }

  async query(sql: string, style: ValueStyle = UTC): Promise<Result> {
    const { connection } = this.#engine;
    const signal = this.#signal;
    const failed = (error: unknown): unknown =>
      signal.aborted && (isInterrupt(error) || error === signal.reason)
        ? interruption(signal)
        : statementError(error, sql);
    let timer: NodeJS.Timeout | undefined;
    const interrupt = (): void => {
      connection.interrupt();
      timer ??= setInterval(() => connection.interrupt(), INTERRUPT_EVERY_MS).unref();
    };
    const end = (): void => {
      signal.removeEventListener('abort', interrupt);
      clearInterval(timer);
    };
    try {
      signal.throwIfAborted();
      signal.addEventListener('abort', interrupt);
      const statement = await prepareReading(connection, sql);
      const why = (): Promise<unknown> => errorOf(connection, sql, {}, signal);
      return readBatches(await statement.stream(), style, { end, failed, why });
    } catch (error) {
      end();
      throw failed(error);
    }
  }

  close(): Promise<void> {
    this.#engine.close();
    return Promise.resolve();
  }
}

/** Converts the error of a user's statement. */
function statementError(error: unknown, sql: string): TelemetryError {
  const message = messageOf(error);
  if (!message.startsWith('Permission Error: Cannot access file'))
    return sqlError(error, [], sql, ['events', 'objects']);
  const remedy = 'A remote has its own files only. A query without --remote reads others with --with.';
  return new TelemetryError('sql', message, { remedy, cause: error });
}

async function lock({ connection }: Engine, storage: ObjectStorage): Promise<void> {
  await connection.run(
    `set allowed_directories = [${quoteText(storage.urlOf(''))}]; set enable_external_access = false;
     set lock_configuration = true`,
  );
}
