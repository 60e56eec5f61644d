import { parse } from 'csv-parse';
import { codeOf, messageOf } from '../core/errors.js';
import type { EventSink } from '../core/event.js';
import { DecodeError, tooLarge, type Decoder, type DecoderOptions } from './decoder.js';
import { jsonStream } from './json-stream.js';
import { invalidUtf8, utf8Guard } from './utf8.js';

/** A cell as JSON text: what is written like a JSON number or boolean is one, an empty cell is null, all else and all in quotes is text. */
const BARE_JSON = /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false)$/;

function cellAsJson(cell: string, isQuoted: boolean): string {
  if (!isQuoted && cell === '') return 'null';
  return !isQuoted && BARE_JSON.test(cell) ? cell : JSON.stringify(cell);
}

const NEWLINE = 0x0a;
const QUOTE = 0x22;

/** Options of {@link csvRows}. */
export interface CsvOptions extends DecoderOptions {
  /** What is between two cells; a comma unless it says otherwise. */
  readonly delimiter?: string;
  /** Told of a row that is none, and of its text, instead of ending there. */
  readonly onBadRow?: (error: DecodeError, text: string) => void;
}

/** csv-parse looks ahead by up to three bytes before it hands out a row. Empty lines are skipped: after a row they let it go at once. */
const EMPTY_LINES = Buffer.from('\n\n\n');

/**
 * Decodes `text/csv` (RFC 4180): a header row, then one event a row, an object with the header's names as keys.
 * The parser is csv-parse; the rows go through the JSON decoder, so that they have shapes and ids as any event.
 */
export function csvRows(sink: EventSink, options: CsvOptions): Decoder {
  const utf8 = utf8Guard();
  const events = jsonStream(sink, options);
  let keys: string[] | undefined;
  let offset = 0;
  let line = 1;
  let inQuotes = false;
  /** Lines that the parser counts and the sender did not send. */
  let added = 0;

  const parser = parse({
    bom: true,
    record_delimiter: ['\r\n', '\n', '\r'],
    skip_empty_lines: true,
    delimiter: options.delimiter ?? ',',
    ...(options.onBadRow && {
      skip_records_with_error: true,
      on_skip: (error, text) => {
        if (error) options.onBadRow?.(refusal(error, options, added), text ?? '');
        return undefined;
      },
    }),
    max_record_size: options.maxEventBytes,
    cast: (cell, { quoting }) => (keys === undefined ? JSON.stringify(cell) : cellAsJson(cell, quoting)),
    on_record: (row: string[]) => {
      if (keys === undefined) keys = row;
      else void events.write(Buffer.from(`{${row.map((cell, i) => `${keys![i]!}:${cell}`).join(',')}}\n`));
      return null;
    },
  });
  parser.resume();
  const failed = new Promise<never>((_, reject) =>
    parser.once('error', error => reject(refusal(error, options, added))),
  );
  failed.catch(() => undefined);

  const parseBytes = (bytes: Uint8Array): Promise<void> =>
    new Promise((resolve, reject) => {
      parser.write(bytes, error => (error ? reject(refusal(error, options, added)) : resolve()));
    });

  /** Where the last whole row of the bytes ends; 0 when none does. */
  function rowsEnd(bytes: Uint8Array): number {
    let rowEnd = 0;
    bytes.forEach((byte, at) => {
      if (byte === QUOTE) inQuotes = !inQuotes;
      if (byte !== NEWLINE) return;
      line++;
      if (!inQuotes) rowEnd = at + 1;
    });
    return rowEnd;
  }

  return {
    async write(chunk) {
      const valid = utf8.validBytes(chunk);
      const rowEnd = rowsEnd(chunk.subarray(0, valid));
      if (rowEnd > 0) {
        await parseBytes(Buffer.concat([chunk.subarray(0, rowEnd), EMPTY_LINES]));
        added += EMPTY_LINES.length;
      }
      // The parser keeps the last bytes as they are, and the chunk is not ours for long.
      if (rowEnd < valid) await parseBytes(Buffer.from(chunk.subarray(rowEnd, valid)));
      offset += valid;
      if (valid < chunk.length) throw invalidUtf8({ line, offset });
    },
    async end() {
      if (!utf8.isComplete()) throw invalidUtf8({ line, offset });
      await Promise.race([failed, new Promise<void>(done => parser.once('end', done).end())]);
    },
  };
}

function refusal(error: Error, { maxEventBytes }: DecoderOptions, addedLines: number): DecodeError {
  if (error instanceof DecodeError) return error;
  const line = 'lines' in error && typeof error.lines === 'number' ? { line: error.lines - addedLines } : {};
  if (codeOf(error) === 'CSV_MAX_RECORD_SIZE') return tooLarge(maxEventBytes, line);
  return new DecodeError('invalid_csv', messageOf(error), line);
}
