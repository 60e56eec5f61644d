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

/**
 * Decodes `text/csv` (RFC 4180): a header row, then one event a row, an object with the header's names as keys.
 * The parser is csv-parse; the rows go through the JSON decoder, so that they have shapes and ids as any event.
 */
export function csvRows(sink: EventSink, options: DecoderOptions): Decoder {
  const utf8 = utf8Guard();
  const events = jsonStream(sink, options);
  let keys: string[] | undefined;
  let offset = 0;

  const parser = parse({
    bom: true,
    skip_empty_lines: true,
    max_record_size: options.maxEventBytes,
    cast: (cell, { quoting }) => (keys === undefined ? JSON.stringify(cell) : cellAsJson(cell, quoting)),
    on_record: (row: string[]) => {
      if (keys === undefined) keys = row;
      else void events.write(Buffer.from(`{${row.map((cell, i) => `${keys![i]!}:${cell}`).join(',')}}\n`));
      return null;
    },
  });
  parser.resume();
  const failed = new Promise<never>((_, reject) => parser.once('error', error => reject(refusal(error, options))));
  failed.catch(() => undefined);

  return {
    async write(chunk) {
      const valid = utf8.validBytes(chunk);
      await Promise.race([failed, new Promise<void>(done => parser.write(chunk.subarray(0, valid), () => done()))]);
      offset += valid;
      if (valid < chunk.length) throw invalidUtf8({ line: parser.info.lines, offset });
    },
    async end() {
      if (!utf8.isComplete()) throw invalidUtf8({ line: parser.info.lines, offset });
      await Promise.race([failed, new Promise<void>(done => parser.once('end', done).end())]);
    },
  };
}

function refusal(error: Error, { maxEventBytes }: DecoderOptions): DecodeError {
  if (error instanceof DecodeError) return error;
  const line = 'lines' in error && typeof error.lines === 'number' ? { line: error.lines } : {};
  if (codeOf(error) === 'CSV_MAX_RECORD_SIZE') return tooLarge(maxEventBytes, line);
  return new DecodeError('invalid_csv', messageOf(error), line);
}
