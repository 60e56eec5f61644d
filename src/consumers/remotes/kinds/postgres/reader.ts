import type PgCursor from 'pg-cursor';
import { TelemetryError } from '../../../../core/errors.js';
import type { Result, Row } from '../../../../core/result.js';
import type { ValueStyle } from '../../../../query/result/values.js';
import { quoteName, quoteText } from '../../../../store/sql/text.js';
import { tokensOf } from '../../../../query/sql/split-sql.js';
import type { RemoteContext, RemoteReader } from '../../kind.js';
import { connect, type Connected } from './connect.js';
import { loadDriver, type Driver } from './driver.js';
import { statementError } from './errors.js';
import { optionsOf, type PostgresOptions } from './options.js';
import { printedColumn, type PrintedColumn } from './values.js';

/** Rows per read. */
const ROWS_A_READ = 1000;

/** The first release that detects a lost client during a statement. */
const CHECKS_CONNECTION = 140_000;

/** The first words of statements that return rows of the database and nothing else. */
const READING = new Set(['select', 'with', 'values', 'table', 'explain', 'show', '(']);

/** Roles that may access files and programs of the server, even in a read-only transaction. */
const POWERS = ['pg_execute_server_program', 'pg_write_server_files', 'pg_read_server_files'];

const DEFAULT_STYLE: ValueStyle = { timezone: 'UTC', time: 'iso' };

/**
 * A read-only connection: each statement runs alone in a read-only transaction, which is rolled back. The extended
 * protocol accepts one statement at a time.
 */
export class PostgresReader implements RemoteReader {
  readonly statsSql: string;
  readonly #driver: Driver;
  readonly #connected: Connected;

  private constructor(driver: Driver, connected: Connected, options: PostgresOptions) {
    this.#driver = driver;
    this.#connected = connected;
    const table = [...(options.schema === undefined ? [] : [options.schema]), options.table].map(quoteName).join('.');
    this.statsSql = `select "type", count(*) as events, min("time") as first_time, max("time") as last_time
      from ${table} group by 1 order by 2 desc, 1`;
  }

  /** Connects as the reading role. @throws TelemetryError `failure`, also for a role with too many privileges. */
  static async open(context: RemoteContext): Promise<PostgresReader> {
    const options = optionsOf(context.remote);
    const driver = await loadDriver();
    const connected = await connect(driver, context.remote, context.signal, options.reader);
    try {
      await refusePowers(connected);
    } catch (error) {
      await connected.client.end().catch(() => undefined);
      throw error;
    }
    return new PostgresReader(driver, connected, options);
  }

  async query(sql: string, style: ValueStyle = DEFAULT_STYLE): Promise<Result> {
    refuseOthers(sql);
    const { client } = this.#connected;
    await client.query(this.#begin(style.timezone));
    const cursor = client.query(new this.#driver.Cursor(sql, [], { rowMode: 'array', types: TEXTS }));
    const end = async (): Promise<void> => {
      await cursor.close().catch(() => undefined);
      await client.query('rollback').catch(() => undefined);
    };
    try {
      const first = await read(cursor);
      const columns = first.fields.map(field => printedColumn(field, style));
      return { columns, batches: batches(cursor, first.rows, { columns, sql, end }) };
    } catch (error) {
      await end();
      throw statementError(error, sql);
    }
  }

  async close(): Promise<void> {
    await this.#connected.client.end().catch(() => undefined);
  }

  #begin(timezone: string): string {
    const settings: Record<string, string> = {
      timezone,
      datestyle: 'ISO, YMD',
      intervalstyle: 'postgres',
      bytea_output: 'hex',
      ...(this.#connected.versionNumber >= CHECKS_CONNECTION && { client_connection_check_interval: '1s' }),
    };
    const set = Object.entries(settings).map(([name, value]) => `set local ${name} = ${quoteText(value)}`);
    return ['begin transaction read only', ...set].join('; ');
  }
}

/** Every value as the text that PostgreSQL sends. */
const TEXTS = { getTypeParser: () => (text: string) => text } as unknown as import('pg').CustomTypesConfig;

interface Page {
  readonly rows: readonly Row[];
  readonly fields: readonly import('pg').FieldDef[];
}

function read(cursor: PgCursor): Promise<Page> {
  return new Promise((resolve, reject) => {
    cursor.read(
      ROWS_A_READ,
      (error: Error | null | undefined, rows: Row[], result?: { readonly fields: Page['fields'] }) => {
        if (error) reject(error);
        else resolve({ rows, fields: result?.fields ?? [] });
      },
    );
  });
}

interface Reading {
  readonly columns: readonly PrintedColumn[];
  readonly sql: string;
  readonly end: () => Promise<void>;
}

async function* batches(
  cursor: PgCursor,
  first: readonly Row[],
  { columns, sql, end }: Reading,
): AsyncGenerator<readonly Row[]> {
  try {
    for (let rows = first; rows.length > 0; rows = (await read(cursor)).rows) {
      yield rows.map(row => row.map((text, i) => (text === null ? null : columns[i]!.print(text))));
    }
  } catch (error) {
    throw statementError(error, sql);
  } finally {
    await end();
  }
}

/** @throws TelemetryError `sql` for a statement other than those that only return rows. */
function refuseOthers(sql: string): void {
  const first = tokensOf(sql)[0]?.text.toLowerCase();
  if (first !== undefined && READING.has(first)) return;
  throw new TelemetryError(
    'sql',
    first === undefined ? 'the SQL statement is missing' : `not a statement that reads: ${first}`,
    {
      remedy: 'A remote answers SELECT, WITH, VALUES, TABLE, SHOW and EXPLAIN.',
    },
  );
}

/** @throws TelemetryError `failure` for a role that may access more than the database in a read-only transaction. */
async function refusePowers({ client }: Connected): Promise<void> {
  const { rows } = await client.query<{ role: string; power: string | null }>(
    `select current_user as role, case when rolsuper then 'a superuser' else (
         select 'a member of ' || p.rolname from pg_roles p
         where p.rolname = any ($1) and pg_has_role(current_user, p.oid, 'member') limit 1) end as power
       from pg_roles where rolname = current_user`,
    [POWERS],
  );
  const { role = '', power = null } = rows[0] ?? {};
  if (power === null) return;
  throw new TelemetryError('failure', `the role ${role} is ${power}, so that reading as it is not safe`, {
    remedy: 'Create a role that only reads, as docs/forwarding/postgres.md says, and name it: --reader ROLE.',
  });
}
