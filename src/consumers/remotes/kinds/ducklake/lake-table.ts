import { attributeType, isCoreColumn, type Attribute, type AttributeType } from '../../../../core/attribute.js';
import { TelemetryError } from '../../../../core/errors.js';
import type { StoreIdentity } from '../../../../store/database/store-identity.js';
import { quoteName, quoteText } from '../../../../store/sql/text.js';
import type { ExportColumn } from '../../../export/request.js';
import { keyColumns } from '../objects/cut.js';
import { LAKE, type AttachedLake } from './lake.js';

/** A column of the table of events. */
export interface LakeColumn {
  readonly name: string;
  /** As DuckDB prints it. */
  readonly type: string;
}

/** The columns of every event, in the table and in the objects. */
const CORE: readonly LakeColumn[] = [
  { name: 'store_id', type: 'VARCHAR' },
  { name: 'epoch', type: 'VARCHAR' },
  { name: 'id', type: 'BIGINT' },
  { name: 'stream_id', type: 'BIGINT' },
  { name: 'received_at', type: 'TIMESTAMP WITH TIME ZONE' },
  { name: 'time', type: 'TIMESTAMP WITH TIME ZONE' },
  { name: 'type', type: 'VARCHAR' },
  { name: 'name', type: 'VARCHAR' },
  { name: 'severity', type: 'VARCHAR' },
  { name: 'message', type: 'VARCHAR' },
  { name: 'service', type: 'VARCHAR' },
  { name: 'trace_id', type: 'VARCHAR' },
  { name: 'span_id', type: 'VARCHAR' },
  { name: 'parent_span_id', type: 'VARCHAR' },
  { name: 'duration_ms', type: 'DOUBLE' },
  { name: 'encoding', type: 'VARCHAR' },
  { name: 'payload', type: 'VARCHAR' },
];

/** The table of cursors: one row per store and table of events. */
const CURSORS = 'telemetry_cursors';

/** Columns of the table for the types of attributes: those of the Parquet files. */
const TYPES: Readonly<Record<AttributeType, string>> = {
  BOOLEAN: 'BOOLEAN',
  BIGINT: 'BIGINT',
  HUGEINT: 'DECIMAL(38,0)',
  DOUBLE: 'DOUBLE',
  VARCHAR: 'VARCHAR',
  JSON: 'VARCHAR',
};

/**
 * Creates the tables that are missing.
 * @throws TelemetryError `failure` for a table of that name with other columns.
 */
export async function createTables(lake: AttachedLake, table: string): Promise<void> {
  const list = CORE.map(({ name, type }) => `${quoteName(name)} ${type}`).join(', ');
  await lake.run(`create table if not exists ${named(table)}(${list});
    create table if not exists ${named(CURSORS)}(store_id varchar, epoch varchar, remote varchar, table_name varchar,
      last_id bigint)`);
  const found = new Map((await columnsIn(lake, table)).map(({ name, type }) => [name.toLowerCase(), type]));
  const wrong = CORE.find(({ name, type }) => found.get(name) !== type);
  if (!wrong) return;
  const type = found.get(wrong.name);
  const what = type === undefined ? `has no column ${wrong.name}` : `has ${wrong.name} as ${type}, not ${wrong.type}`;
  throw new TelemetryError(
    'failure',
    `the table ${table} of the lake has other columns than an events table: it ${what}`,
    {
      remedy: 'Name another with --table; it is created.',
    },
  );
}

/** The columns of a table. */
export async function columnsIn(lake: AttachedLake, table: string): Promise<LakeColumn[]> {
  const rows = await lake.rows(`select column_name, data_type from duckdb_columns()
    where database_name = ${quoteText(LAKE)} and schema_name = 'main' and table_name = ${quoteText(table)}`);
  return rows.map(([name, type]) => ({ name: name!, type: type! }));
}

/**
 * The columns of objects for a table. A flat column that the table already has keeps its type: values that do not
 * convert exactly are NULL, and remain in the payload.
 */
export function objectColumns(
  attributes: readonly Attribute[],
  columns: readonly LakeColumn[],
  store: StoreIdentity,
): ExportColumn[] {
  const found = new Map(columns.map(({ name, type }) => [name.toLowerCase(), type]));
  const own = new Set(keyColumns(store).map(({ name }) => name));
  const flat = attributes
    .filter(({ name }) => !isCoreColumn(name) && !own.has(name.toLowerCase()))
    .map(({ name, kinds }): ExportColumn => {
      const type = attributeType(kinds);
      const stored = TYPES[type];
      const wanted = found.get(name.toLowerCase()) ?? stored;
      if (wanted === type) return { name, type };
      return { name, type: wanted, cast: exactly(quoteName(name), type, wanted) };
    });
  const core = CORE.filter(({ name }) => !own.has(name)).map(({ name, type }) => ({
    name,
    type: CORE_TYPES[name] ?? type,
  }));
  return [...keyColumns(store), ...core.slice(0, -2), ...flat, ...core.slice(-2)];
}

/** The names that the view uses for types of core columns. */
const CORE_TYPES: Readonly<Record<string, string>> = {
  received_at: 'TIMESTAMPTZ',
  time: 'TIMESTAMPTZ',
  payload: 'JSON',
};

/** SQL for a value as another type, NULL where the conversion would lose something. */
function exactly(value: string, from: AttributeType, to: string): string {
  if (from === 'HUGEINT') return `try_cast(${value} as ${to})`;
  if (to === 'VARCHAR') return `${value}::varchar`;
  const cast = `try_cast(${value} as ${to})`;
  return `case when try_cast(${cast} as ${from}) = ${value} then ${cast} end`;
}

/**
 * Adds the columns of an object that the table lacks.
 * @returns the first column that the table has with another type; undefined when all fit.
 */
export async function addColumns(lake: AttachedLake, table: string, url: string): Promise<string | undefined> {
  const found = new Map((await columnsIn(lake, table)).map(({ name, type }) => [name.toLowerCase(), type]));
  const rows = await lake.rows(`describe from read_parquet(${quoteText(url)}, hive_partitioning = false)`);
  for (const [name, type] of rows as [string, string][]) {
    const there = found.get(name.toLowerCase());
    if (there === undefined) await lake.run(`alter table ${named(table)} add column ${quoteName(name)} ${type}`);
    else if (there !== type) return name;
  }
  return undefined;
}

/** Adds a Parquet file to a table. */
export async function addFile(lake: AttachedLake, table: string, url: string): Promise<void> {
  await lake.run(`call ducklake_add_data_files(${quoteText(LAKE)}, ${quoteText(table)}, ${quoteText(url)},
    allow_missing => true, hive_partitioning => false)`);
}

/** The cursor of a store in a table. */
export interface LakeCursor {
  readonly remote: string;
  readonly lastId: number;
}

/** Reads the cursor of a store; undefined when the table has none. */
export async function readCursor(
  lake: AttachedLake,
  table: string,
  store: StoreIdentity,
): Promise<LakeCursor | undefined> {
  const [row] = await lake.rows(`select remote, last_id from ${named(CURSORS)} where ${ofStore(table, store)}`);
  return row && { remote: row[0]!, lastId: Number(row[1]) };
}

/** Moves the cursor of a store. */
export async function writeCursor(
  lake: AttachedLake,
  table: string,
  store: StoreIdentity,
  { remote, lastId }: LakeCursor,
): Promise<void> {
  const values = [store.id, store.epoch, remote, table].map(quoteText).join(', ');
  await lake.run(`delete from ${named(CURSORS)} where ${ofStore(table, store)}`);
  await lake.run(`insert into ${named(CURSORS)} values (${values}, ${lastId})`);
}

function ofStore(table: string, { id, epoch }: StoreIdentity): string {
  return `store_id = ${quoteText(id)} and epoch = ${quoteText(epoch)} and table_name = ${quoteText(table)}`;
}

function named(table: string): string {
  return `${LAKE}.main.${quoteName(table)}`;
}
