import { isAscii, isUtf8 } from 'node:buffer';
import type { EventSink } from '../../core/event.js';
import { isBareValueOf } from '../json/bare-value.js';
import { COPY_NULL, unescaped } from './copy-text.js';
import { copyRecord, csvRecord, delimiterOf, LineEnds, type BadRecord, type CsvRecord } from './record.js';
import { DecodeError, tooLarge, type Decoder, type DecoderOptions } from '../decoder.js';
import { jsonStream } from '../json/stream.js';

/** The first line with which Excel declares the delimiter. */
const EXCEL_DELIMITER = /^sep=(.)$/;

const MARK = '\xef\xbb\xbf';

/** Rows are passed to the JSON decoder in batches of this many characters. */
const BATCH_CHARACTERS = 64 * 1024;

/** An unfinished record of several lines is tried again after this many more bytes. */
const LOOK_AGAIN_BYTES = 64 * 1024;

/** Options of a CSV reader. */
export interface CsvOptions extends DecoderOptions {
  /** The delimiter; by default the most frequent in the header: comma, semicolon, tab or `|`. */
  readonly delimiter?: string | undefined;
  /** True for a table in the text format of COPY, whose delimiter is a tab: see copy-text.ts. Default false. */
  readonly isCopyText?: boolean;
  /**
   * Called with a row that is left out: `error.line` is the line of the file that it begins in. Returns true to
   * continue with the next line; by default the error is thrown.
   */
  readonly onBadRow?: (error: DecodeError, text: Buffer) => boolean;
}

/**
 * Reads a table (RFC 4180): a header row, then one event a row, an object with the header's names as keys. A wrong row
 * costs only its first line, so that an unclosed quote does not swallow the rows after it.
 */
export class CsvReader {
  readonly #options: CsvOptions;
  readonly #events: Decoder;
  #delimiter: string | undefined;
  /** The names of the header as JSON, with colons. */
  #keys: string[] | undefined;
  #names: string[] = [];
  #batch = '';
  /** The last line searched for one wrong row: wrong rows up to it belong to it. */
  #badThrough = 0;
  #lines = 0;
  #isStopped = false;
  #inBadLine = false;

  constructor(sink: EventSink, options: CsvOptions) {
    this.#options = options;
    this.#events = jsonStream(sink, options);
    const delimiter = options.isCopyText ? '\t' : options.delimiter;
    this.#delimiter = delimiter === undefined ? undefined : asBytes(delimiter);
  }

  /** Lines taken. */
  get lines(): number {
    return this.#lines;
  }

  /** True when `onBadRow` ended the reading: the bytes taken end before that row. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** True while the bytes taken end within a line that is left out. */
  get inBadLine(): boolean {
    return this.#inBadLine;
  }

  /**
   * Reads the header of a table whose first `lines` were read before.
   * @param beginning the first bytes of the table.
   * @returns false when the header is longer.
   */
  resume(beginning: Buffer, lines: number): boolean {
    const text = new LineEnds(beginning.toString('latin1'), false);
    this.#takeRecords(beginning, text, () => this.#keys !== undefined);
    this.#lines = lines;
    return this.#keys !== undefined;
  }

  /**
   * Takes whole rows from the start of a block.
   * @param isLast true when no block follows.
   * @returns the number of bytes taken; the others must come again, followed by more.
   * @throws DecodeError for a wrong row, without `onBadRow`, and for a wrong header.
   */
  take(block: Buffer, isLast: boolean): number {
    return this.#takeRecords(block, new LineEnds(block.toString('latin1'), isLast), () => false);
  }

  #takeRecords(block: Buffer, lines: LineEnds, isEnough: () => boolean): number {
    const { text, isLast } = lines;
    const isText = isAscii(block) || isUtf8(block);
    let at = this.#lines === 0 && text.startsWith(MARK) ? MARK.length : 0;
    while (at < text.length && !this.#isStopped && !isEnough()) {
      const line = lines.after(at);
      if (this.#inBadLine || (line?.end === at && !this.#isEmptyRow())) {
        if (line) this.#lines++;
        this.#inBadLine &&= line === undefined;
        at = line?.next ?? text.length;
        continue;
      }
      const record = this.#recordAt(lines, at, line);
      if (record === undefined) {
        if (text.length - at <= this.#options.maxEventBytes || isLast) break;
        at = this.#leaveOut(block, lines, at, text.length, this.#unfinished(line !== undefined));
      } else if ('problem' in record) {
        at = this.#leaveOut(block, lines, at, record.end, new DecodeError('invalid_csv', record.problem));
      } else {
        const problem =
          isText || isUtf8(block.subarray(at, record.end))
            ? this.#takeRecord(record)
            : new DecodeError('invalid_utf8', 'the row is not valid UTF-8');
        if (problem) at = this.#leaveOut(block, lines, at, record.end, problem);
        else {
          this.#lines += record.end === line?.next ? 1 : linesIn(text.slice(at, record.end));
          at = record.end;
        }
      }
    }
    this.#flush();
    return at;
  }

  /** True where an empty line is a row: an empty text in a table of one column, which COPY does not quote. */
  #isEmptyRow(): boolean {
    return this.#options.isCopyText === true && this.#keys?.length === 1;
  }

  #recordAt(lines: LineEnds, at: number, line: ReturnType<LineEnds['after']>): CsvRecord | BadRecord | undefined {
    if (this.#options.isCopyText) return copyRecord(lines, at);
    const declaration = line && this.#delimiterLine(lines.text.slice(at, line.end), line.next);
    return declaration ?? csvRecord(lines, at, this.#delimiter ?? ',');
  }

  /** Finds the delimiter, unless it is known. Returns a record without cells for a line that only declares it. */
  #delimiterLine(line: string, end: number): CsvRecord | undefined {
    if (this.#delimiter !== undefined) return undefined;
    this.#delimiter = EXCEL_DELIMITER.exec(line)?.[1];
    if (this.#delimiter !== undefined) return { cells: [], quoted: [], end };
    this.#delimiter = delimiterOf(line);
    return undefined;
  }

  #unfinished(hasLine: boolean): DecodeError {
    const { maxEventBytes } = this.#options;
    if (!hasLine) return tooLarge(maxEventBytes, {});
    return new DecodeError('invalid_csv', `a quote is opened and not closed within ${maxEventBytes} bytes`);
  }

  /** Skips the line that a wrong row begins with. @param end the end of the bytes read for the row. */
  #leaveOut(block: Buffer, lines: LineEnds, at: number, end: number, error: DecodeError): number {
    this.#flush();
    const line = lines.after(at);
    const number = this.#lines + 1;
    const isPart = number <= this.#badThrough;
    if (!isPart) this.#badThrough = this.#lines + linesIn(lines.text.slice(at, end));
    const { onBadRow } = this.#options;
    const { reason, message } = error;
    const problem = new DecodeError(reason, message, { line: number });
    if (this.#keys === undefined || !onBadRow) throw problem;
    if (!isPart && !onBadRow(problem, block.subarray(at, line?.end ?? block.length))) {
      this.#isStopped = true;
      return at;
    }
    if (line) this.#lines++;
    this.#inBadLine = line === undefined;
    return line?.next ?? block.length;
  }

  /** Converts a record; returns the error of a wrong one. */
  #takeRecord({ cells, quoted }: CsvRecord): DecodeError | undefined {
    if (cells.length === 0) return undefined;
    if (!this.#keys) {
      const isCopyText = this.#options.isCopyText === true;
      this.#names = cells.map(cell => asText(isCopyText ? unescaped(cell) : cell));
      this.#keys = this.#names.map(name => `${JSON.stringify(name)}:`);
      return undefined;
    }
    const keys = this.#keys;
    if (cells.length !== keys.length) {
      const count = `${cells.length} cell${cells.length === 1 ? '' : 's'}`;
      return new DecodeError('invalid_csv', `the row has ${count}, the header ${keys.length}`);
    }
    const json = `{${cells.map((cell, i) => keys[i]! + this.#cellAsJson(this.#names[i]!, cell, quoted[i]!)).join(',')}}`;
    const { maxEventBytes } = this.#options;
    if (json.length * 3 > maxEventBytes && Buffer.byteLength(json) > maxEventBytes) return tooLarge(maxEventBytes, {});
    this.#badThrough = 0;
    this.#batch += `${json}\n`;
    if (this.#batch.length >= BATCH_CHARACTERS) this.#flush();
    return undefined;
  }

  #cellAsJson(name: string, cell: string, isQuoted: boolean): string {
    if (cell === COPY_NULL && !isQuoted && this.#delimiter === '\t') return 'null';
    return this.#options.isCopyText ? cellAsJson(name, unescaped(cell), cell === '') : cellAsJson(name, cell, isQuoted);
  }

  #flush(): void {
    if (this.#batch === '') return;
    const batch = Buffer.from(this.#batch);
    this.#batch = '';
    void this.#events.write(batch);
  }
}

/** Decodes `text/csv`: see {@link CsvReader}. */
export function csvRows(sink: EventSink, options: CsvOptions): Decoder {
  const reader = new CsvReader(sink, options);
  let parts: Uint8Array[] = [];
  let held = 0;
  let lookAt = 0;

  function take(isLast: boolean): void {
    const pending = Buffer.concat(parts, held);
    const rest = pending.subarray(reader.take(pending, isLast));
    held = rest.length;
    parts = [rest];
    lookAt = held < LOOK_AGAIN_BYTES ? 0 : held + LOOK_AGAIN_BYTES;
  }

  return {
    write(chunk) {
      held += chunk.length;
      if (held >= lookAt) parts.push(chunk);
      // A copy: the caller reuses the chunk.
      else parts.push(Uint8Array.from(chunk));
      if (held >= lookAt) take(false);
    },
    end: () => take(true),
  };
}

/** Characters that JSON leaves unescaped. Testing first is faster than JSON.stringify for every cell. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** A cell as JSON: a quoted cell is text, even when it looks like a number; an empty cell is null. */
function cellAsJson(name: string, cell: string, isQuoted: boolean): string {
  if (!isQuoted && cell === '') return 'null';
  if (!isQuoted && isBareValueOf(name, cell)) return cell;
  return PLAIN.test(cell) ? `"${cell}"` : JSON.stringify(asText(cell));
}

const BEYOND_ASCII = /[\x80-\xff]/;

/** Decodes bytes, given as characters, to text. */
function asText(bytes: string): string {
  return BEYOND_ASCII.test(bytes) ? Buffer.from(bytes, 'latin1').toString() : bytes;
}

/** Encodes a text as bytes, given as characters. */
function asBytes(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** The number of line ends in a text. */
function linesIn(text: string): number {
  let lines = 0;
  for (let at = 0; at < text.length; at++) {
    const c = text.charCodeAt(at);
    if (c === 0x0a || (c === 0x0d && text.charCodeAt(at + 1) !== 0x0a)) lines++;
  }
  return text.length > 0 && !/[\r\n]$/.test(text) ? lines + 1 : lines;
}
