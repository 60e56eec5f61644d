import type { ClickHouseClient } from '@clickhouse/client';
import { TelemetryError } from '../../../../core/errors.js';
import { codeOf } from '../../../../core/errors.js';
import { quoteIdentifier } from './client.js';
import { eventColumns, type TableColumn } from './columns.js';

/** Number of inserted blocks whose tokens the table remembers, one per insert and partition. */
const DEDUPLICATION_WINDOW = 10_000;

/** The table that events go to. */
export interface EventTable {
  /** With the database, for people. */
  readonly name: string;
  /** In SQL. */
  readonly quoted: string;
  readonly hasJson: boolean;
  readonly engine: string;
}

/** UNKNOWN_DATABASE. */
const NO_DATABASE = '81';

/** Creates the table of events where it is missing, and checks one that exists. @throws TelemetryError `failure`. */
export async function prepareTable(client: ClickHouseClient, database: string, table: string): Promise<EventTable> {
  const name = `${database}.${table}`;
  const quoted = [database, table].map(quoteIdentifier).join('.');
  let existing: Existing | undefined;
  let hasJson: boolean;
  try {
    hasJson = await serverHasJson(client);
    existing = await readTable(client, database, table);
    if (existing === undefined) {
      await client.command({ query: createSql(quoted, eventColumns(hasJson)) });
      existing = await readTable(client, database, table);
    }
  } catch (error) {
    if (codeOf(error) !== NO_DATABASE) throw error;
    throw new TelemetryError('failure', `ClickHouse has no database "${database}"`, {
      remedy: `Create it there: create database ${quoteIdentifier(database)}`,
      cause: error,
    });
  }
  if (existing === undefined) throw new TelemetryError('failure', `cannot see the table ${name} after creating it`);
  refuseOther(name, quoted, existing);
  return { name, quoted, hasJson: existing.columns.get('payload')?.includes('JSON') === true, engine: existing.engine };
}

/**
 * The statement that creates the table. Partitions are by time of receipt, which grows with the ids, so that a batch
 * touches few of them. Parts are synced to disk before an insert is acknowledged.
 */
function createSql(quoted: string, columns: readonly TableColumn[]): string {
  const list = columns.map(({ name, type, definition }) =>
    `${quoteIdentifier(name)} ${type} ${definition ?? ''}`.trim(),
  );
  return `create table if not exists ${quoted} (\n  ${list.join(',\n  ')}\n) engine = MergeTree
    partition by toYYYYMM(received_at) order by (type, time, store_id, epoch, event_id)
    settings non_replicated_deduplication_window = ${DEDUPLICATION_WINDOW}, fsync_after_insert = 1,
      fsync_part_directory = 1`;
}

/** True when the server has the type JSON, and can replace values that JSON cannot hold with NULL. */
async function serverHasJson(client: ClickHouseClient): Promise<boolean> {
  try {
    const [type] = await rows<{ type: string }>(client, `select toTypeName(accurateCastOrNull('{}', 'JSON')) as type`);
    return type?.type === 'Nullable(JSON)';
  } catch (error) {
    // A server without the type answers with an exception; every other error is one of the connection.
    if (/^\d+$/.test(codeOf(error) ?? '') && !CONNECTION_CODES.has(codeOf(error)!)) return false;
    throw error;
  }
}

/**
 * UNKNOWN_DATABASE, and those of credentials: UNKNOWN_USER, WRONG_PASSWORD, REQUIRED_PASSWORD, AUTHENTICATION_FAILED.
 */
const CONNECTION_CODES: ReadonlySet<string> = new Set([NO_DATABASE, '192', '193', '194', '516']);

interface Existing {
  readonly engine: string;
  /** The engine with its arguments and settings. */
  readonly engineFull: string;
  /** Types by the names of columns. */
  readonly columns: ReadonlyMap<string, string>;
}

async function readTable(client: ClickHouseClient, database: string, table: string): Promise<Existing | undefined> {
  const parameters = { database, table };
  const [found] = await rows<{ engine: string; engine_full: string }>(
    client,
    'select engine, engine_full from system.tables where database = {database:String} and name = {table:String}',
    parameters,
  );
  if (found === undefined) return undefined;
  const columns = await rows<{ name: string; type: string }>(
    client,
    'select name, type from system.columns where database = {database:String} and table = {table:String}',
    parameters,
  );
  const types = new Map(columns.map(({ name, type }) => [name, type] as const));
  return { engine: found.engine, engineFull: found.engine_full, columns: types };
}

/** @throws TelemetryError `failure` for a table with other columns, or one that does not deduplicate inserts. */
function refuseOther(name: string, quoted: string, { engine, engineFull, columns }: Existing): void {
  const differences = eventColumns(true).flatMap(wanted => {
    const type = columns.get(wanted.name);
    if (wanted.name === 'payload' && type !== undefined) return [];
    if (type === undefined) return [`it has no column ${wanted.name}`];
    return plain(type) === plain(wanted.type) ? [] : [`${wanted.name} is ${type} and not ${wanted.type}`];
  });
  if (differences.length > 0) {
    throw new TelemetryError(
      'failure',
      `the table ${name} has other columns than an events table: ${differences.join(', ')}`,
      {
        remedy: 'Name another table with --table NAME, or rename the one that exists.',
      },
    );
  }
  if (engine === 'Distributed' || /^(?:Replicated|Shared)\w*MergeTree$/.test(engine)) return;
  if (!engine.endsWith('MergeTree')) {
    throw new TelemetryError(
      'failure',
      `the table ${name} has the engine ${engine}, which does not notice repeated inserts`,
      {
        remedy: 'Use a table of the MergeTree family.',
      },
    );
  }
  const [, window = '0'] = /non_replicated_deduplication_window = (\d+)/.exec(engineFull) ?? [];
  if (window === '0') {
    throw new TelemetryError('failure', `the table ${name} does not notice repeated inserts`, {
      remedy: `Run there: alter table ${quoted} modify setting non_replicated_deduplication_window = ${DEDUPLICATION_WINDOW}`,
    });
  }
}

/** A type without LowCardinality, which only affects storage. */
function plain(type: string): string {
  return type.replace(/^LowCardinality\((.*)\)$/, '$1');
}

async function rows<T>(client: ClickHouseClient, query: string, query_params?: Record<string, string>): Promise<T[]> {
  const result = await client.query({ query, format: 'JSONEachRow', ...(query_params && { query_params }) });
  return result.json<T>();
}
