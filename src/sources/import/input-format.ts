import { TelemetryError } from '../../core/errors.js';
import { INPUT_FORMATS, type InputFormat } from '../../core/input-format.js';
import { pathOf } from '../../formats/json/elements-at.js';
import { isDocument } from '../../formats/otlp/documents.js';
import { patternLine } from '../../formats/lines/pattern.js';
import { objectIn } from '../shared/line-shape.js';

const ENDINGS: Readonly<Record<string, InputFormat>> = {
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  ldjson: 'ndjson',
  json: 'json',
  csv: 'csv',
  tsv: 'tsv',
  parquet: 'parquet',
  logfmt: 'logfmt',
  txt: 'text',
  text: 'text',
  log: 'text',
};

const COMPRESSED = /\.(gz|zst|zstd)$/i;

/** The magic number at both ends of a Parquet file (Parquet format, "File format"). */
const PARQUET = 'PAR1';

const NEWLINE = 0x0a;

/** The beginning of a JSON object, unlike lines such as `{name} is here` or `[2026-11-20] here`. */
const OBJECT = /^\{\s*(?:["}]|$)/;
const ARRAY = /^\[\s*(?:[{["\]]|$)/;

/** Format options as the user gave them. */
export interface RequestedFormat {
  /** Undefined: detected by name and beginning. */
  readonly reading: InputFormat | undefined;
  /** Of `regex`. */
  readonly pattern?: string | undefined;
  /** The delimiter of `csv`. */
  readonly delimiter?: string | undefined;
  /** Of `json`: the path to the list whose elements are the events. */
  readonly each?: string | undefined;
}

/** Format options with a chosen format. */
export interface ChosenFormat extends RequestedFormat {
  readonly reading: InputFormat;
  /** Of `ndjson` that was detected by its first line: text lines are events as well (see MixedLines). */
  readonly mixed?: boolean | undefined;
}

/** Checks pattern and path before any input is read. @throws TelemetryError `usage` when one is invalid. */
export function checkFormat({ pattern, each }: RequestedFormat): void {
  if (pattern !== undefined) patternLine(pattern);
  if (each !== undefined) pathOf(each);
}

/** The parts of an input that its format is detected by. */
export interface Beginning {
  readonly name: string;
  /** Its first bytes, decompressed: a whole line, unless the line is very long. */
  readonly bytes: Buffer;
  /** True for a pipe, which cannot be read again once its format is known. */
  readonly isPipe: boolean;
}

/**
 * Detects the format of an input: by its file extension, else by its beginning.
 * @throws TelemetryError `usage` when neither is conclusive.
 */
export function formatOf(beginning: Beginning): Pick<ChosenFormat, 'reading' | 'mixed'> {
  const named = namedFormat(beginning.name);
  if (named !== undefined && named !== 'text') return { reading: named };
  const text = textOf(beginning.bytes);
  const line = OBJECT.test(text) ? firstLine(text) : '';
  const isMixed = named === undefined && isObject(line) && !isDocument(Buffer.from(line), 0, Buffer.byteLength(line));
  if (isMixed) return { reading: 'ndjson', mixed: true };
  return { reading: detected(beginning, named, text) };
}

/** The format that the extension of a file names. */
function namedFormat(name: string): InputFormat | undefined {
  const [, ending = ''] = /\.([^./]+)$/.exec(name.replace(COMPRESSED, '')) ?? [];
  const lower = ending.toLowerCase();
  return Object.hasOwn(ENDINGS, lower) ? ENDINGS[lower] : undefined;
}

/** The beginning without a byte order mark and white space. */
function textOf(bytes: Buffer): string {
  return bytes
    .toString()
    .replace(/^\uFEFF/, '')
    .trimStart();
}

function detected({ name, bytes, isPipe }: Beginning, named: 'text' | undefined, text: string): InputFormat {
  if (bytes.toString('latin1', 0, PARQUET.length) === PARQUET) return 'parquet';
  // Values over several lines, or several in one, are not lines.
  if (OBJECT.test(text)) return named === 'text' && isObject(firstLine(text)) ? 'text' : 'ndjson';
  if (named === 'text') return 'text';
  if (ARRAY.test(text)) return 'json';
  if (isPipe || bytes.length === 0 || hasObjectLine(bytes)) return 'text';
  throw new TelemetryError('usage', `cannot tell what ${name} is to be read as`, {
    remedy: `Say it with --type: ${INPUT_FORMATS.join(', ')}.`,
  });
}

function firstLine(text: string): string {
  const [line = ''] = text.split('\n', 1);
  return line;
}

function isObject(line: string): boolean {
  return objectIn(Buffer.from(line), Infinity) !== undefined;
}

/** A header of CSV: names without spaces, with separators between. */
const CSV_HEADER = /^"?[A-Za-z_][\w.-]*"?(?:[,;\t]"?[A-Za-z_][\w.-]*"?)+\r?$/;

/** True for the beginning of a pipe that is read as text and looks like CSV. */
export function looksLikeCsv(bytes: Buffer): boolean {
  return CSV_HEADER.test(firstLine(textOf(bytes)));
}

/** True for a text with a line that is a JSON object, such as a log after a program's banner. */
function hasObjectLine(bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length;) {
    const newline = bytes.indexOf(NEWLINE, at);
    const end = newline < 0 ? bytes.length : newline;
    if (objectIn(bytes.subarray(at, end), Infinity)) return true;
    at = end + 1;
  }
  return false;
}
