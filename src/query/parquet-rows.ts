import { DuckDBInstance } from '@duckdb/node-api';
import { messageOf, TelemetryError } from '../core/errors.js';
import { quoteText } from '../sql/text.js';
import { chunksOf } from './stream-result.js';

/** A Parquet file that is read as JSON. */
export interface ParquetRows {
  readonly count: number;
  /** Rows from the given one on, in the order of the file, as JSON objects a line each, some at a time. */
  read(from: number): AsyncGenerator<Buffer>;
  close(): void;
}

/** A column of this name would be taken for the row. */
const ROW = '"the row of telemetry ingest"';

/**
 * Opens a Parquet file; DuckDB reads it, and nothing else.
 * @throws TelemetryError `failure` when it is none.
 */
export async function openParquet(file: string): Promise<ParquetRows> {
  const instance = await DuckDBInstance.create(':memory:', {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  const close = (): void => {
    connection.closeSync();
    instance.closeSync();
  };
  const source = `read_parquet(${quoteText(literally(file))})`;
  try {
    await connection.run("set TimeZone = 'UTC'");
    const counted = await connection.runAndReadAll(`select count(*) from ${source}`);
    return {
      count: Number(counted.getRows()[0]?.[0] ?? 0),
      async *read(from) {
        const sql = `select to_json(${ROW})::varchar from (select * from ${source}) ${ROW} offset ${from}`;
        let row = from;
        try {
          for await (const chunk of chunksOf(await connection.stream(sql), () => Promise.resolve(undefined))) {
            const lines = chunk.getColumnValues(0) as string[];
            yield Buffer.from(`${lines.join('\n')}\n`);
            row += chunk.rowCount;
          }
        } catch (cause) {
          throw new TelemetryError('failure', `cannot read ${file} after row ${row}: it is damaged`, {
            remedy: 'What comes before that is stored. Get the file whole and run this again: it goes on there.',
            cause,
          });
        }
      },
      close,
    };
  } catch (error) {
    close();
    // Behind the first line comes our statement.
    const [reason] = messageOf(error).split('\n', 1);
    throw new TelemetryError('failure', `cannot read ${file} as Parquet: ${reason}`, { cause: error });
  }
}

/** DuckDB takes names for patterns. */
function literally(file: string): string {
  return file.replace(/[*?[]/g, '[$&]');
}
