import { open, type FileHandle } from 'node:fs/promises';
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { messageOf, TelemetryError } from '../../core/errors.js';
import { openDuckDB } from '../../store/archive/open-duckdb.js';
import { quoteText } from '../../store/sql/text.js';
import { readFooter, type Footer, type Leaf } from './footer.js';
import { rowGroupFile } from './row-group-file.js';
import { rowPrinter } from './row-json.js';
import { chunksOf } from '../result/batches.js';

/** A Parquet file, read as JSON. */
export interface ParquetRows {
  /** Yields JSON lines in file order, beginning with row `from`, several rows to a chunk. */
  read(from: number): AsyncGenerator<Buffer>;
  /** The text columns read so far with a value that is not valid UTF-8; such a value is base64. */
  readonly base64Columns: ReadonlySet<string>;
  close(): Promise<void>;
}

/** DuckDB's message for text that is not valid UTF-8: such columns can be read as bytes. */
const NOT_UTF8 = /not valid UTF-?8/i;

/** DuckDB's messages for features that it does not support, in a file that may be sound. */
const NOT_SUPPORTED = /not supported|unsupported|only supported|not implemented|unknown (?:codec|encoding)/i;

/**
 * Opens a Parquet file in a DuckDB that reads only this file. Values that DuckDB 1.5 changes (decimals of more than 38
 * digits, nanoseconds with a zone, INT96) are read as the integers and bytes that the file stores.
 * @throws TelemetryError `failure` when it cannot be read.
 */
export async function openParquet(path: string): Promise<ParquetRows> {
  const instance = await openDuckDB(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  let file: FileHandle | undefined;
  const close = async (): Promise<void> => {
    connection.closeSync();
    instance.closeSync();
    await file?.close();
  };
  try {
    await connection.run("set TimeZone = 'UTC'");
    file = await open(path);
    await connection.run(`select 1 from ${sourceOf(path)} limit 0`);
    const reader = new Reader(path, file, connection, await readFooter(file));
    return { read: from => reader.read(from), base64Columns: reader.base64Columns, close };
  } catch (error) {
    await close();
    throw new TelemetryError('failure', `cannot read ${path} as Parquet: ${firstLine(error)}`, {
      remedy: remedyFor(error),
      cause: error,
    });
  }
}

class Reader {
  readonly base64Columns = new Set<string>();
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #connection: DuckDBConnection;
  readonly #footer: Footer | undefined;
  /** True after a text was found that is not valid UTF-8. */
  #readsTextAsBytes = false;
  /** Index of the next row. */
  #row = 0;

  constructor(path: string, file: FileHandle, connection: DuckDBConnection, footer: Footer | undefined) {
    this.#path = path;
    this.#file = file;
    this.#connection = connection;
    this.#footer = footer;
  }

  async *read(from: number): AsyncGenerator<Buffer> {
    this.#row = from;
    for (;;) {
      try {
        if (this.#footer?.leaves.some(this.#isRaw)) yield* this.#readGroups(this.#footer);
        else yield* this.#readFile(this.#path, this.#row);
        return;
      } catch (cause) {
        if (this.#footer && !this.#readsTextAsBytes && NOT_UTF8.test(messageOf(cause))) {
          this.#readsTextAsBytes = true;
          continue;
        }
        const what = `cannot read ${this.#path} after row ${this.#row}`;
        const isUnknown = NOT_SUPPORTED.test(messageOf(cause));
        throw new TelemetryError('failure', `${what}${isUnknown ? '' : '; it may be damaged'}: ${firstLine(cause)}`, {
          remedy: remedyFor(cause),
          cause,
        });
      }
    }
  }

  /** True for a column that is read as bytes or integers. */
  readonly #isRaw = ({ raw, isText }: Leaf): boolean => raw !== undefined || (isText && this.#readsTextAsBytes);

  async *#readGroups(footer: Footer): AsyncGenerator<Buffer> {
    let first = 0;
    for (const [index, { rows }] of footer.groups.entries()) {
      if (this.#row < first + rows) {
        const part = await rowGroupFile(this.#file, footer, index, this.#isRaw);
        try {
          yield* this.#readFile(part.path, this.#row - first);
        } finally {
          await part.remove();
        }
      }
      first += rows;
    }
  }

  async *#readFile(path: string, from: number): AsyncGenerator<Buffer> {
    const sql = `select * from ${sourceOf(path)} offset ${from}`;
    const result = await this.#connection.stream(sql);
    const printer = rowPrinter({
      types: result.columnTypes(),
      names: result.columnNames(),
      columns: this.#footer?.columns,
      leaves: this.#footer?.leaves,
      isRaw: this.#isRaw,
      base64Columns: this.base64Columns,
    });
    for await (const chunk of chunksOf(result, () => errorOf(this.#connection, sql))) {
      const vectors = Array.from({ length: chunk.columnCount }, (_, i) => chunk.getColumnVector(i));
      const row: DuckDBValue[] = new Array<DuckDBValue>(vectors.length);
      const lines: string[] = [];
      for (let at = 0; at < chunk.rowCount; at++) {
        for (let i = 0; i < vectors.length; i++) row[i] = vectors[i]!.getItem(at);
        lines.push(printer.print(row));
      }
      yield Buffer.from(`${lines.join('\n')}\n`);
      this.#row += chunk.rowCount;
    }
  }
}

/** SQL for the columns of a file alone: `hive_partitioning` would add those of folders such as `day=1` in its path. */
function sourceOf(path: string): string {
  return `read_parquet(${quoteText(literally(path))}, hive_partitioning = false)`;
}

/** Escapes a path, which DuckDB reads as a glob pattern. */
function literally(path: string): string {
  return path.replace(/[*?[]/g, '[$&]');
}

/** Runs a failed statement again to get its error, which the binding (1.5) does not return. */
async function errorOf(connection: DuckDBConnection, sql: string): Promise<unknown> {
  try {
    await connection.run(`explain analyze ${sql}`);
  } catch (error) {
    return error;
  }
  return new Error('the result ended before all of its rows were read');
}

/** The first line of a message; DuckDB quotes our statement after it. */
function firstLine(error: unknown): string {
  return messageOf(error).split('\n', 1)[0]!;
}

function remedyFor(error: unknown): string {
  if (messageOf(error).includes('BYTE_STREAM_SPLIT')) {
    return 'Write the file again without that encoding (pyarrow: use_byte_stream_split=False), or convert it with another program, and import that.';
  }
  if (NOT_SUPPORTED.test(messageOf(error))) {
    return 'The file may be sound: write it again with the defaults of its program, or as NDJSON or CSV, and import that.';
  }
  return 'The rows before that are stored. Get the whole file and run this again: it continues there.';
}
