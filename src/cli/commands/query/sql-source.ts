import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import prettyBytes from 'pretty-bytes';
import { messageOf, TelemetryError } from '../../../core/errors.js';
import { MAX_SQL_LENGTH } from '../../../core/limits.js';
import type { Context } from '../../shared/context.js';
import type { QueryOptions } from './options.js';

/**
 * Reads the SQL from the argument, else from the file of -f, else from stdin.
 * @throws TelemetryError `usage` without SQL when stdin is a terminal; `failure` when the file cannot be read;
 * `sql` when it is longer than {@link MAX_SQL_LENGTH}.
 */
export async function readSql(options: QueryOptions, context: Context): Promise<string> {
  const sql = await textOf(options, context);
  if (sql.length <= MAX_SQL_LENGTH) return sql;
  const size = `${prettyBytes(sql.length)} of SQL is too long: the limit is ${prettyBytes(MAX_SQL_LENGTH, { binary: true })}`;
  throw new TelemetryError('sql', size, {
    remedy: 'Put long lists of values in a CSV file and join it: --with ids=ids.csv "from events join ids using (id)".',
  });
}

async function textOf({ sql, file }: QueryOptions, { streams }: Context): Promise<string> {
  if (sql !== undefined && sql !== '-') return sql;
  if (file !== undefined && file !== '-') return readSqlFile(file);
  if (streams.stdinIsTerminal && file === undefined && sql === undefined) throw noSql();
  return text(streams.stdin);
}

export function noSql(): TelemetryError {
  return new TelemetryError('usage', 'there is no SQL to run', {
    remedy: 'Give it as an argument, with --file, or on stdin: telemetry query "select count(*) from events".',
  });
}

async function readSqlFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new TelemetryError('failure', `cannot read the SQL in ${file}: ${messageOf(error)}`, { cause: error });
  }
}
