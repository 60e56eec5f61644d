import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import prettyBytes from 'pretty-bytes';
import { codeOf, TelemetryError } from '../../core/errors.js';
import { unreadableFile } from '../../core/file-error.js';
import { MAX_SQL_LENGTH } from '../../core/limits.js';
import type { Parameters } from '../../query/sql/parameters.js';
import { formatNamed } from '../config/format-names.js';
import type { Context } from './context.js';

/** The source of SQL: an argument, which may name a saved query (`@NAME`), else a file (`-` is stdin), else stdin. */
export interface SqlSource {
  readonly store: string;
  readonly sql: string | undefined;
  readonly file: string | undefined;
}

/** Formats whose names people give to -f instead of --format. */
const OUTPUT_FORMATS = ['table', 'json', 'ndjson', 'csv', 'tsv', 'markdown', 'line', 'parquet'];

/** Maximum bytes read of a text, after which it is refused without its size: a pipe may never end. */
const MAX_READ_BYTES = 64 * MAX_SQL_LENGTH;

/** SQL with the values of its parameters. */
export interface SqlWithParameters {
  readonly sql: string;
  readonly parameters: Parameters;
}

/**
 * Reads the SQL of {@link readSql}. The parameters of a saved query have its defaults.
 * @param given the parameters of the command line.
 * @throws TelemetryError as {@link readSql}; `usage` for a parameter that a saved query does not have or lacks.
 */
export async function readParametrizedSql(
  source: SqlSource,
  given: Parameters,
  context: Context,
): Promise<SqlWithParameters> {
  const name = savedName(source.sql);
  if (name === undefined) return { sql: await readSql(source, context), parameters: given };
  const { savedParameters, savedQuery } = await import('../../query/saved-query.js');
  const query = savedQuery(source.store, name);
  return { sql: query.text, parameters: savedParameters(query, given) };
}

/** The name in `@NAME`; undefined for SQL. @throws TelemetryError `usage` for `@` and another text. */
function savedName(sql: string | undefined): string | undefined {
  const given = /^\s*@([^]*?)\s*;?\s*$/.exec(sql ?? '')?.[1];
  if (given === undefined || /^[A-Za-z_]\w*$/.test(given)) return given;
  throw new TelemetryError('usage', `@${given} is not the name of a saved query`, {
    remedy: 'Write @NAME for a saved query, or -f FILE for a file of SQL. `telemetry saved list` prints the names.',
  });
}

/**
 * Reads the SQL from the argument, else from the file of -f, else from stdin.
 * @throws TelemetryError `usage` without SQL when stdin is a terminal; `failure` when the file cannot be read;
 * `sql` when it is longer than {@link MAX_SQL_LENGTH}.
 */
export async function readSql(options: SqlSource, context: Context): Promise<string> {
  const sql = await textOf(options, context);
  if (sql.length <= MAX_SQL_LENGTH) return sql;
  throw tooLong(prettyBytes(sql.length));
}

function tooLong(size: string): TelemetryError {
  const limit = prettyBytes(MAX_SQL_LENGTH, { binary: true });
  return new TelemetryError('sql', `${size} of SQL is too long: the limit is ${limit}`, {
    remedy: 'Put long lists of values in a CSV file and join it: --with ids=ids.csv "from events join ids using (id)".',
  });
}

async function textOf({ sql, file, store }: SqlSource, { streams }: Context): Promise<string> {
  const name = savedName(sql);
  if (name !== undefined) return (await import('../../query/saved-query.js')).savedQuery(store, name).sql;
  if (sql !== undefined && sql !== '-') return sql;
  if (file !== undefined && file !== '-') return readSqlFile(file);
  if (streams.stdinIsTerminal && file === undefined && sql === undefined) throw noSql();
  return textOfStream(streams.stdin);
}

export function noSql(): TelemetryError {
  return new TelemetryError('usage', 'there is no SQL to run', {
    remedy: 'Give it as an argument, with --file, or on stdin: telemetry query "select count(*) from events".',
  });
}

/** Reads a file of SQL. @throws TelemetryError `failure` when it cannot be read. */
export async function readSqlFile(file: string): Promise<string> {
  try {
    return await textOfStream(createReadStream(file));
  } catch (error) {
    if (error instanceof TelemetryError) throw error;
    const format = codeOf(error) === 'ENOENT' ? formatNamed(basename(file), OUTPUT_FORMATS) : undefined;
    const { kind, message, remedy } = unreadableFile(`the SQL in ${file}`, error);
    throw new TelemetryError(kind, message, {
      remedy: format === undefined ? remedy! : `-f takes a file of SQL: did you mean --format ${format}?`,
      cause: error,
    });
  }
}

/** Reads a text to its end. @throws TelemetryError `sql` once it has more than {@link MAX_READ_BYTES}. */
async function textOfStream(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > MAX_READ_BYTES) throw tooLong(`more than ${prettyBytes(MAX_READ_BYTES)}`);
  }
  return Buffer.concat(chunks).toString('utf8');
}
