import pg from 'pg';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { startEngine, type Engine, type MissingEngine } from './engines.js';

/** A PostgreSQL server of a test. */
export interface TestPostgres {
  readonly engine: Engine;
  /** A URL of a superuser. */
  readonly url: string;
  /** Runs SQL as the superuser; the values are those of the driver, 64-bit integers as text. */
  ask<Row extends object>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  stop(): Promise<void>;
}

/** Starts PostgreSQL. */
export async function startPostgres(): Promise<TestPostgres | MissingEngine> {
  const engine = await startEngine('postgres');
  if ('missing' in engine) return engine;
  const url = engine.values.URL!;
  return {
    engine,
    url,
    async ask<Row extends object>(sql: string, values: readonly unknown[] = []) {
      const client = new pg.Client(url);
      await client.connect();
      try {
        return (await client.query<Row>(sql, [...values])).rows;
      } finally {
        await client.end();
      }
    },
    stop: () => engine.stop(),
  };
}

/** The server of {@link emptyPostgres}. */
export interface EmptyPostgres extends Pick<TestPostgres, 'engine' | 'url' | 'ask'> {
  /** Starts the server again after it was killed. */
  restart(): Promise<void>;
}

/** A server for the tests of a file, which are skipped where PostgreSQL is missing. Empties the schema before each test. */
export function emptyPostgres(): EmptyPostgres {
  let started: TestPostgres | MissingEngine = { missing: 'PostgreSQL has not been started' };
  const server = (): TestPostgres => {
    if ('missing' in started) throw new Error(started.missing);
    return started;
  };
  beforeAll(async () => {
    started = await startPostgres();
  });
  afterAll(async () => {
    if (!('missing' in started)) await started.stop();
  });
  beforeEach(async context => {
    if ('missing' in started) context.skip(started.missing);
    await server().ask('drop schema public cascade; create schema public');
  });
  return {
    get engine() {
      return server().engine;
    },
    get url() {
      return server().url;
    },
    ask: (sql, values) => server().ask(sql, values),
    async restart() {
      started = { ...server(), engine: await server().engine.again() };
    },
  };
}

/** The statements of docs/forwarding/postgres.md that create a role which only reads. */
export const CREATE_READER = `
  create role telemetry_reader login;
  grant usage on schema public to telemetry_reader;
  grant select on events to telemetry_reader`;
