import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import prettyBytes from 'pretty-bytes';
import { codeOf, messageOf, TelemetryError } from '../../core/errors.js';
import { MAX_SQL_LENGTH } from '../../core/limits.js';
import { formatNamed } from '../config/format-names.js';
import type { Context } from './context.js';

/** The source of SQL: an argument, else a file (`-` is stdin), else stdin. */
export interface SqlSource {
  readonly sql: string | undefined;
  readonly file: string | undefined;
}

/** Formats whose names people give to -f instead of --format. */
const OUTPUT_FORMATS = ['table', 'json', 'ndjson', 'csv', 'tsv', 'markdown', 'line', 'parquet'];

/** Maximum bytes read of a text, after which it is refused without its size: a pipe may never end. */
const MAX_READ_BYTES = 64 * MAX_SQL_LENGTH;

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

async function textOf({ sql, file }: SqlSource, { streams }: Context): Promise<string> {
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
    throw new TelemetryError('failure', `cannot read the SQL in ${file}: ${messageOf(error)}`, {
      ...(format !== undefined && { remedy: `-f takes a file of SQL: did you mean --format ${format}?` }),
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
