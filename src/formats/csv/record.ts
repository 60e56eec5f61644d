/*
 * Reads one CSV record (RFC 4180) from a text whose characters are bytes (Latin-1), so that offsets count bytes.
 *
 * Not a library: csv-parse 7 cannot continue after a row with wrong quotes, counts lines differently, and took 6 times
 * as long.
 */

const QUOTE = '"';

/** A complete and valid record. */
export interface CsvRecord {
  readonly cells: readonly string[];
  /** True for each quoted cell. */
  readonly quoted: readonly boolean[];
  /** The offset after the line ending. */
  readonly end: number;
}

/** A record with wrong quotes. */
export interface BadRecord {
  readonly problem: string;
  /** The offset after the line in which the error appears. */
  readonly end: number;
}

/**
 * The line ends of a text: `\n`, `\r\n`, or `\r` alone. Caches the next `\n`, so that a text without one is searched
 * once.
 */
export class LineEnds {
  readonly text: string;
  readonly isLast: boolean;
  #searched = 0;
  #newline: number;

  /** @param isLast true when the text is complete: its end then ends a line. */
  constructor(text: string, isLast: boolean) {
    this.text = text;
    this.isLast = isLast;
    this.#newline = text.indexOf('\n');
  }

  /** The end of the line that contains `from`, before and after its line ending; undefined when the text ends first. */
  after(from: number): { readonly end: number; readonly next: number } | undefined {
    const { text, isLast } = this;
    if (from < this.#searched || (this.#newline >= 0 && this.#newline < from)) {
      this.#searched = from;
      this.#newline = text.indexOf('\n', from);
    }
    const newline = this.#newline;
    const limit = newline < 0 ? text.length : newline;
    const line = text.slice(from, limit);
    const found = line.indexOf('\r');
    const cr = found < 0 ? -1 : from + found;
    if (cr >= 0 && cr < limit - 1) return { end: cr, next: cr + 1 };
    if (newline >= 0) return { end: cr >= 0 ? cr : newline, next: newline + 1 };
    // A `\r` at the end of the text may be the first half of a line ending.
    if (!isLast) return undefined;
    return cr >= 0 ? { end: cr, next: cr + 1 } : { end: limit, next: limit };
  }
}

/**
 * Reads the record at `start`. Returns undefined when the text ends first. Blanks around quotes are dropped; a quote
 * within an unquoted cell is literal.
 */
export function csvRecord(lines: LineEnds, start: number, delimiter: string): CsvRecord | BadRecord | undefined {
  const { text } = lines;
  const line = lines.after(start);
  if (!line) return undefined;
  const first = text.slice(start, line.end);
  if (!first.includes(QUOTE)) {
    const cells = first.split(delimiter);
    return { cells, quoted: cells.map(() => false), end: line.next };
  }
  const cells: string[] = [];
  const quoted: boolean[] = [];
  for (let at = start; ;) {
    const open = skipBlanks(text, at, delimiter);
    const isQuoted = text[open] === QUOTE;
    const cell = isQuoted ? quotedCell(lines, open, delimiter) : bareCell(lines, at, delimiter);
    if (cell === undefined || 'problem' in cell) return cell;
    cells.push(cell.value);
    quoted.push(isQuoted);
    if (cell.isEnd) return { cells, quoted, end: cell.next };
    at = cell.next;
  }
}

/** Reads a record of the text format of COPY, in which no cell is quoted: a line. */
export function copyRecord(lines: LineEnds, start: number): CsvRecord | undefined {
  const line = lines.after(start);
  if (!line) return undefined;
  const cells = lines.text.slice(start, line.end).split('\t');
  return { cells, quoted: cells.map(() => false), end: line.next };
}

interface Cell {
  readonly value: string;
  /** True when the record ends with it. */
  readonly isEnd: boolean;
  /** The start of the next cell, or record. */
  readonly next: number;
}

function bareCell(lines: LineEnds, at: number, delimiter: string): Cell | undefined {
  const line = lines.after(at);
  if (!line) return undefined;
  const rest = lines.text.slice(at, line.end);
  const end = rest.indexOf(delimiter);
  if (end < 0) return { value: rest, isEnd: true, next: line.next };
  return { value: rest.slice(0, end), isEnd: false, next: at + end + delimiter.length };
}

function quotedCell(lines: LineEnds, open: number, delimiter: string): Cell | BadRecord | undefined {
  const { text, isLast } = lines;
  let close = open + 1;
  for (;;) {
    close = text.indexOf(QUOTE, close);
    if (close < 0) return isLast ? { problem: 'a quote is opened and not closed', end: text.length } : undefined;
    if (text[close + 1] !== QUOTE) break;
    close += 2;
  }
  const value = text.slice(open + 1, close).replaceAll('""', QUOTE);
  const at = skipBlanks(text, close + 1, delimiter);
  if (at + delimiter.length > text.length && !isLast) return undefined;
  if (text.startsWith(delimiter, at)) return { value, isEnd: false, next: at + delimiter.length };
  const line = lines.after(at);
  if (!line) return undefined;
  if (line.end === at) return { value, isEnd: true, next: line.next };
  return { problem: `a closing quote is followed by ${JSON.stringify(text[at])}`, end: line.next };
}

function skipBlanks(text: string, from: number, delimiter: string): number {
  let at = from;
  if (delimiter !== ' ') while (text[at] === ' ') at++;
  return at;
}

/** Delimiters detected in a header, the likeliest first. */
const DELIMITERS = [',', ';', '\t', '|'];

/** The delimiter of a table: the most frequent one in its header, outside of quotes; a comma by default. */
export function delimiterOf(header: string): string {
  const bare = header.replace(/"(?:[^"]|"")*"/g, '');
  let best = ',';
  let most = 0;
  for (const delimiter of DELIMITERS) {
    const count = bare.split(delimiter).length - 1;
    if (count > most) [best, most] = [delimiter, count];
  }
  return best;
}
