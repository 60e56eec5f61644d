import { TelemetryError } from '../../core/errors.js';
import { INPUT_FORMATS, type InputFormat } from '../../core/input-format.js';
import { pathOf } from '../../formats/json/elements-at.js';
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
 * Detects the format of an input: by its file extension, else by its beginning. Separate lines are `text`, even when
 * they are JSON.
 * @throws TelemetryError `usage` when neither is conclusive.
 */
export function formatOf({ name, bytes, isPipe }: Beginning): InputFormat {
  const [, ending = ''] = /\.([^./]+)$/.exec(name.replace(COMPRESSED, '')) ?? [];
  const lower = ending.toLowerCase();
  const named = Object.hasOwn(ENDINGS, lower) ? ENDINGS[lower] : undefined;
  if (named !== undefined && named !== 'text') return named;
  if (bytes.toString('latin1', 0, PARQUET.length) === PARQUET) return 'parquet';
  const text = bytes
    .toString()
    .replace(/^\uFEFF/, '')
    .trimStart();
  // Values over several lines, or several in one, are not lines.
  if (OBJECT.test(text)) return firstLineIsObject(text) ? 'text' : 'ndjson';
  if (named === 'text') return 'text';
  if (ARRAY.test(text)) return 'json';
  if (isPipe || bytes.length === 0 || hasObjectLine(bytes)) return 'text';
  throw new TelemetryError('usage', `cannot tell what ${name} is to be read as`, {
    remedy: `Say it with --type: ${INPUT_FORMATS.join(', ')}.`,
  });
}

function firstLineIsObject(text: string): boolean {
  const [line = ''] = text.split('\n', 1);
  return objectIn(Buffer.from(line), Infinity) !== undefined;
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
