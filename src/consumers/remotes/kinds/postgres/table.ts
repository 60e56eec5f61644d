import type { Client } from 'pg';
import { TelemetryError } from '../../../../core/errors.js';
import { quoteName, quoteText } from '../../../../store/sql/text.js';
import { CURSOR_COLUMNS, CURSOR_KEY, EVENT_COLUMNS, EVENT_KEY, type TableColumn } from './columns.js';
import type { PostgresOptions } from './options.js';

/** The name of the table of cursors, in the schema of the table of events. */
const CURSOR_TABLE = 'telemetry_cursors';

/** The tables of a remote, quoted, with their schema. */
export interface Tables {
  readonly schema: string;
  /** The table of events, without its schema. */
  readonly table: string;
  readonly events: string;
  readonly cursors: string;
  /** The number of the advisory lock under which tables and partitions are created. */
  readonly lock: string;
  /** True for a table that is partitioned by `day` alone: partitions for its days are created. */
  readonly makesPartitions: boolean;
}

/** A table to be created or compared. */
interface Definition {
  readonly columns: readonly TableColumn[];
  readonly key: readonly string[];
  /** The partition clause after the columns in `create table`. */
  readonly storage: string;
  readonly indexes: readonly string[];
}

const EVENTS: Definition = {
  columns: EVENT_COLUMNS,
  key: EVENT_KEY,
  storage: ' partition by range (day)',
  indexes: ['("time")', '("type", "time")', '(trace_id) where trace_id is not null'],
};

const CURSORS: Definition = { columns: CURSOR_COLUMNS, key: CURSOR_KEY, storage: '', indexes: [] };

/**
 * Creates missing tables, and compares existing ones. Concurrent callers wait for each other.
 * @throws TelemetryError `failure` for a table that differs.
 */
export async function prepareTables(client: Client, options: PostgresOptions): Promise<Tables> {
  await client.query('begin');
  try {
    const schema = options.schema ?? (await currentSchema(client));
    const events = await tableNamed(client, schema, options.table);
    await client.query(`select pg_advisory_xact_lock(${events.lock})`);
    if (options.schema !== undefined) await createSchema(client, options.schema);
    const cursors = await tableNamed(client, schema, CURSOR_TABLE);
    // Remotes with other tables of events share this one.
    await client.query(`select pg_advisory_xact_lock(${cursors.lock})`);
    await prepare(client, schema, options.table, EVENTS);
    await prepare(client, schema, CURSOR_TABLE, CURSORS);
    const makesPartitions = await isPartitionedByDay(client, events.name);
    await client.query('commit');
    return {
      schema,
      table: options.table,
      events: events.name,
      cursors: cursors.name,
      lock: events.lock,
      makesPartitions,
    };
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

async function currentSchema(client: Client): Promise<string> {
  const { rows } = await client.query<{ schema: string | null }>('select current_schema() as schema');
  const schema = rows[0]?.schema;
  if (typeof schema === 'string') return schema;
  throw new TelemetryError('failure', 'the search path of the role names no schema that exists', {
    remedy: 'Name the table with its schema: --table SCHEMA.TABLE.',
  });
}

async function createSchema(client: Client, schema: string): Promise<void> {
  const { rowCount } = await client.query('select 1 from pg_namespace where nspname = $1', [schema]);
  if (rowCount === 0) await client.query(`create schema ${quoteName(schema)}`);
}

async function tableNamed(client: Client, schema: string, table: string): Promise<{ name: string; lock: string }> {
  const name = `${quoteName(schema)}.${quoteName(table)}`;
  const { rows } = await client.query<{ lock: string }>('select hashtextextended($1, 0)::text as lock', [
    `telemetry ${name}`,
  ]);
  return { name, lock: rows[0]!.lock };
}

/** Creates a table, or compares the existing one. */
async function prepare(client: Client, schema: string, table: string, definition: Definition): Promise<void> {
  const name = `${quoteName(schema)}.${quoteName(table)}`;
  const found = await columnsOf(client, name);
  if (found.length === 0) return create(client, name, definition);
  const differences = [...differencesOf(definition.columns, found), ...(await keyDifference(client, name, definition))];
  if (differences.length === 0) return;
  throw new TelemetryError('failure', `the table ${schema}.${table} exists and differs: ${differences.join('; ')}`, {
    remedy:
      table === CURSOR_TABLE
        ? 'Rename it, or name a table of events in another schema: --table SCHEMA.TABLE.'
        : 'Name another table: --table NAME, or rename this one.',
  });
}

async function create(client: Client, name: string, { columns, key, storage, indexes }: Definition): Promise<void> {
  const list = columns.map(column => `${quoteName(column.name)} ${column.type}${column.isRequired ? ' not null' : ''}`);
  await client.query(`create table ${name} (${list.join(', ')}, primary key (${key.join(', ')}))${storage}`);
  for (const index of indexes) await client.query(`create index on ${name} ${index}`);
}

interface FoundColumn extends TableColumn {
  readonly hasDefault: boolean;
}

/** The columns of a table; none where the table is missing. */
async function columnsOf(client: Client, name: string): Promise<FoundColumn[]> {
  const { rows } = await client.query<{ name: string; type: string; required: boolean; has_default: boolean }>(
    `select attname as name, format_type(atttypid, atttypmod) as type, attnotnull as required,
       atthasdef or attidentity <> '' as has_default
     from pg_attribute where attrelid = to_regclass($1) and attnum > 0 and not attisdropped order by attnum`,
    [name],
  );
  return rows.map(row => ({ name: row.name, type: row.type, isRequired: row.required, hasDefault: row.has_default }));
}

function differencesOf(wanted: readonly TableColumn[], found: readonly FoundColumn[]): string[] {
  const byName = new Map(found.map(column => [column.name, column]));
  const names = new Set(wanted.map(({ name }) => name));
  return [
    ...wanted.flatMap(({ name, type, isRequired }) => {
      const column = byName.get(name);
      if (column === undefined) return [`the column ${name} (${type}) is missing`];
      if (column.type !== type) return [`the column ${name} is ${column.type}, not ${type}`];
      return column.isRequired && !isRequired ? [`the column ${name} is not null`] : [];
    }),
    ...found.flatMap(({ name, isRequired, hasDefault }) =>
      names.has(name) || !isRequired || hasDefault ? [] : [`the column ${name} is not null and has no default`],
    ),
  ];
}

/** The difference in the key: `on conflict` needs a unique index over exactly these columns. */
async function keyDifference(client: Client, name: string, { key }: Definition): Promise<string[]> {
  const { rowCount } = await client.query(
    `select 1 from pg_index where indrelid = to_regclass($1) and indisunique and indpred is null and indexprs is null
       and (select array_agg(attname::text order by attname) from pg_attribute
         where attrelid = indrelid and attnum = any (indkey[0:indnkeyatts - 1])) = $2::text[]`,
    [name, [...key].sort()],
  );
  return rowCount === 0 ? [`it has no unique key (${key.join(', ')})`] : [];
}

/** True for a table with declarative partitions by ranges of `day`, without one for all other days. */
async function isPartitionedByDay(client: Client, name: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `select 1 from pg_partitioned_table p
       join pg_attribute a on a.attrelid = p.partrelid and a.attnum = p.partattrs[0]
     where p.partrelid = to_regclass($1) and p.partstrat = 'r' and p.partnatts = 1 and a.attname = 'day'
       and p.partdefid = 0`,
    [name],
  );
  return rowCount === 1;
}

/** SQL for the oid of a table. */
export function regclass(name: string): string {
  return `${quoteText(name)}::regclass`;
}
