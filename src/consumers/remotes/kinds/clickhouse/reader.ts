import type { ClickHouseClient } from '@clickhouse/client';
import { messageOf, TelemetryError } from '../../../../core/errors.js';
import type { Result, Row } from '../../../../core/result.js';
import { elementsOf } from '../../../../formats/json/members.js';
import type { ValueStyle } from '../../../../query/result/values.js';
import type { RemoteContext, RemoteReader } from '../../kind.js';
import { openClient, quoteIdentifier } from './client.js';
import { statementError } from './errors.js';
import { optionsOf } from './options.js';
import { printedColumn, type PrintedColumn } from './values.js';

const DEFAULT_STYLE: ValueStyle = { timezone: 'UTC', time: 'iso' };

/** A JSON array per line: names, then types, then rows. Numbers keep all digits. */
const FORMAT = 'JSONCompactEachRowWithNamesAndTypes';

const SETTINGS = {
  // Only reads; a statement may change every other setting.
  readonly: '2',
  cancel_http_readonly_queries_on_client_close: 1,
  date_time_output_format: 'iso',
  output_format_json_quote_64bit_integers: 0,
  output_format_json_quote_decimals: 0,
  output_format_json_quote_denormals: 1,
  output_format_json_escape_forward_slashes: 0,
} as const;

const NULL = 0x6e;

/** A read-only connection: `readonly = 2`, and one statement per request, as ClickHouse's HTTP interface requires. */
export class ClickHouseReader implements RemoteReader {
  readonly statsSql: string;
  readonly #client: ClickHouseClient;
  readonly #signal: AbortSignal;

  private constructor(client: ClickHouseClient, table: string, signal: AbortSignal) {
    this.#client = client;
    this.#signal = signal;
    this.statsSql = `select type, count() as events, min(time) as first_time, max(time) as last_time
      from ${table} group by type order by events desc, type`;
  }

  /** Opens a client, which connects with its first statement. @throws TelemetryError `failure`. */
  static async open({ remote, signal }: RemoteContext): Promise<ClickHouseReader> {
    const { database, table } = optionsOf(remote);
    return new ClickHouseReader(await openClient(remote), [database, table].map(quoteIdentifier).join('.'), signal);
  }

  async query(sql: string, style: ValueStyle = DEFAULT_STYLE): Promise<Result> {
    if (sql.trim() === '') throw new TelemetryError('sql', 'no SQL statement to run');
    try {
      const answer = await this.#client.query({
        query: sql,
        format: FORMAT,
        abort_signal: this.#signal,
        clickhouse_settings: { ...SETTINGS, session_timezone: style.timezone },
      });
      const lines = linesOf(answer.stream());
      const [names, types] = [await lines.next(), await lines.next()];
      const columns =
        names.done === true || types.done === true
          ? []
          : stringsOf(names.value).map((name, i) => printedColumn(name, stringsOf(types.value)[i]!, style));
      return { columns, batches: this.#batches(lines, columns) };
    } catch (error) {
      this.#signal.throwIfAborted();
      if (messageOf(error).includes('FORMAT')) await this.#fail(sql, style);
      throw statementError(error);
    }
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  /** Runs a statement without the FORMAT clause that the client appends, for an error that quotes what the user wrote. */
  async #fail(sql: string, { timezone }: ValueStyle): Promise<never> {
    const clickhouse_settings = { ...SETTINGS, session_timezone: timezone };
    try {
      await this.#client.command({ query: sql, abort_signal: this.#signal, clickhouse_settings });
    } catch (error) {
      this.#signal.throwIfAborted();
      throw statementError(error);
    }
    throw new TelemetryError('sql', 'the statement has a FORMAT clause', {
      remedy: 'Leave it out: --format of telemetry query says how rows are printed.',
    });
  }

  async *#batches(lines: AsyncGenerator<string>, columns: readonly PrintedColumn[]): AsyncGenerator<readonly Row[]> {
    let rows: Row[] = [];
    try {
      for await (const line of lines) {
        rows.push(rowOf(line, columns));
        if (rows.length < ROWS_A_BATCH) continue;
        yield rows;
        rows = [];
      }
      if (rows.length > 0) yield rows;
    } catch (error) {
      this.#signal.throwIfAborted();
      throw statementError(error);
    }
  }
}

const ROWS_A_BATCH = 1000;

async function* linesOf(stream: AsyncIterable<readonly { readonly text: string }[]>): AsyncGenerator<string> {
  for await (const chunk of stream) {
    for (const { text } of chunk) {
      // A server before 25.11 appends the error of a running statement to its rows.
      if (!text.startsWith('[')) throw new TelemetryError('sql', text.replace(/^Code: \d+\. DB::Exception: /, ''));
      yield text;
    }
  }
}

function stringsOf(line: string): string[] {
  return JSON.parse(line) as string[];
}

/** The cells of a row of JSON. Numbers keep their text, because JavaScript's numbers have fewer digits. */
function rowOf(line: string, columns: readonly PrintedColumn[]): Row {
  const bytes = Buffer.from(line);
  let at = 0;
  return Array.from(elementsOf(bytes, 0), ({ start, end }) => {
    const column = columns[at++]!;
    return bytes[start] === NULL ? null : column.print(bytes, start, end);
  });
}
