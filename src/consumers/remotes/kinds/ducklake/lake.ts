import { messageOf, TelemetryError } from '../../../../core/errors.js';
import type { Row } from '../../../../core/result.js';
import { openEngine, type Engine } from '../../../../query/sandbox/engine.js';
import { quoteText } from '../../../../store/sql/text.js';
import { loadExtension } from '../objects/duckdb-extensions.js';
import type { ObjectStorage } from '../objects/object-storage.js';
import { secretSql } from '../objects/s3-secret.js';
import { S3Storage } from '../objects/s3-storage.js';
import type { LakeLocation } from './lake-location.js';

/** DuckDB's memory limit in bytes: it reads only the footers of objects. */
const MEMORY = 128 * 1024 * 1024;

/** The name under which the lake is attached. */
export const LAKE = 'lake';

/** A lake that is attached. */
export interface AttachedLake {
  run(sql: string): Promise<void>;
  rows(sql: string): Promise<Row[]>;
}

/**
 * A DuckLake, attached only during a transaction: a catalog in a DuckDB file admits one process at a time.
 */
export class Lake implements AttachedLake {
  readonly #engine: Engine;
  readonly #location: LakeLocation;
  readonly #dataUrl: string;

  private constructor(engine: Engine, location: LakeLocation, dataUrl: string) {
    this.#engine = engine;
    this.#location = location;
    this.#dataUrl = dataUrl;
  }

  /** @throws TelemetryError `failure` for an extension that is missing. */
  static async open(location: LakeLocation, storage: ObjectStorage, extensions: string | undefined): Promise<Lake> {
    const engine = await openEngine(MEMORY);
    try {
      for (const name of ['ducklake', ...location.extensions]) await loadExtension(engine, name, extensions);
      if (storage instanceof S3Storage && 's3' in location.data) {
        await loadExtension(engine, 'httpfs', extensions);
        await engine.connection.run(await secretSql(storage, location.data.s3));
      }
      await engine.connection.run(`set TimeZone = 'UTC'`);
      return new Lake(engine, location, storage.urlOf(''));
    } catch (error) {
      engine.close();
      throw error;
    }
  }

  /** The catalog, without the parameters of a connection. */
  get description(): string {
    const { catalog } = this.#location;
    return catalog.startsWith('ducklake:postgres:')
      ? 'DuckLake in Postgres'
      : `DuckLake ${catalog.slice('ducklake:'.length)}`;
  }

  /** Runs `work` in a transaction of the lake, creating the lake if it does not exist. */
  async inTransaction<T>(work: (lake: AttachedLake) => Promise<T>): Promise<T> {
    const { connection } = this.#engine;
    try {
      const path = quoteText(this.#dataUrl);
      await connection.run(`attach ${quoteText(this.#location.catalog)} as ${LAKE} (data_path ${path})`);
      try {
        await connection.run('begin');
        try {
          const result = await work(this);
          await connection.run('commit');
          return result;
        } catch (error) {
          // DuckDB reports success for a COMMIT after an error, without committing.
          await connection.run('rollback').catch(() => undefined);
          throw error;
        }
      } finally {
        await connection.run(`detach ${LAKE}`);
      }
    } catch (error) {
      throw failure(error);
    }
  }

  async run(sql: string): Promise<void> {
    await this.#engine.connection.run(sql);
  }

  async rows(sql: string): Promise<Row[]> {
    const reader = await this.#engine.connection.runAndReadAll(sql);
    return reader.getRowsJson().map(row => row.map(value => (value === null ? null : text(value))));
  }

  close(): void {
    this.#engine.close();
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** An error of DuckDB, with its first line; others stay as they are. */
function failure(error: unknown): unknown {
  const message = messageOf(error);
  if (!/^[A-Z][\w ]+ Error: /i.test(message)) return error;
  return new TelemetryError('failure', `DuckLake refused the statement: ${message.split('\n', 1)[0]}`, {
    cause: error,
  });
}
